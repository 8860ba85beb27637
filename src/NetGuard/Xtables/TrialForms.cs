using NetGuard.Core.Config;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Finds the loaded rules in what iptables-save printed, by their tags.</summary>
internal static class TrialForms
{
    /// <summary>The forms of each rule.</summary>
    /// <param name="drafts">The rules.</param>
    /// <param name="command">The tool that printed.</param>
    /// <param name="result">What it printed.</param>
    /// <param name="family">The family.</param>
    /// <param name="place">Where a rule was loaded.</param>
    /// <exception cref="XtablesException">It failed, or shows less than was loaded.</exception>
    public static Dictionary<RuleConfig, ValueList<Rule>> Of(
        IReadOnlyList<RuleDraft> drafts, Command command, CommandResult result, Family family, Func<RuleDraft, ChainKey> place)
    {
        if (result.ExitCode != 0)
        {
            throw ToolWords.Failure(command, result);
        }

        Ruleset ruleset;
        try
        {
            ruleset = RulesetParser.Parse(family, result.Output);
        }
        catch (UnreadableRulesetException e)
        {
            throw new XtablesException($"{command.Name}: {e.Message}", inner: e);
        }

        var forms = drafts.Select(place).Distinct()
            .SelectMany(key => ruleset.Find(key)?.Rules ?? [], (key, rule) => (Place: (key, rule.Owner), rule))
            .Where(form => form.Place.Owner is not null)
            .ToLookup(form => form.Place, form => form.rule);
        return drafts.ToDictionary(draft => draft.Config, draft => forms[(place(draft), draft.Config.Name)].ToValueList() is { Count: > 0 } rules
            ? rules
            : throw new XtablesException($"{command.Name} does not show the rule \"{draft.Config.Text}\", which was loaded"));
    }
}
