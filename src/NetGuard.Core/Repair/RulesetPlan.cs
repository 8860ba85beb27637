using System.Text;
using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>All that must change in the tables of one family: the text of one iptables-restore.</summary>
/// <param name="Family">The family.</param>
/// <param name="Steps">The steps in their order, those of one table together.</param>
public sealed record RulesetPlan(Family Family, ValueList<RepairStep> Steps)
{
    /// <summary>The tables that are put to sleep or woken, behind all steps. iptables-restore knows nothing of this: it goes over nfnetlink.</summary>
    public ValueList<TableSwitch> Switches { get; init; } = [];

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => Steps.Count == 0 && Switches.Count == 0;

    /// <summary>Whether a rule is put back with what it had counted: the tool must be told to look at that.</summary>
    public bool HasCounters => Steps.Any(step => step.Counters is not null);

    /// <summary>The steps that remove the differences.</summary>
    public static RulesetPlan For(RulesetDiff diff) =>
        // New chains first: rules of any chain may jump to them. Filter first: it decides.
        Of(diff.Family, diff.Chains.SelectMany(ChainSteps.For).OrderBy(step => step is not CreateChain)) with
        {
            Switches = [.. diff.Asleep.Select(table => new TableSwitch(table, Dormant: false))],
        };

    /// <summary>The steps that take away all rules of NetGuard, and the given chains where nobody uses them.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="chains">The chains that go if they are empty then and nothing jumps to them.</param>
    public static RulesetPlan Clearing(Ruleset actual, IReadOnlySet<ChainKey> chains)
    {
        var rules = from chain in actual.Chains from rule in chain.Value.Rules where rule.IsOwned && rule.IsOneLine select new DeleteRule(chain.Key, rule);
        var unused = from chain in chains
                     where actual.Find(chain) is { Policy: null } found && found.Rules.All(rule => rule.IsOwned)
                     where !actual.Chains.Any(c => c.Key.Table == chain.Table && c.Value.Rules.Any(r => !r.IsOwned && r.Target == chain.Chain.Value))
                     select new RemoveChain(chain);
        return Of(actual.Family, rules.Concat<RepairStep>(unused));
    }

    /// <summary>The text for <c>iptables-restore --noflush</c>: the steps alone.</summary>
    /// <remarks>No chain that exists is declared in it: declaring empties it.</remarks>
    public string ToRestoreText()
    {
        var text = new StringBuilder();
        TableName? open = null;
        foreach (var step in Steps)
        {
            if (step.Key.Table != open)
            {
                text.Append(open is null ? "" : "COMMIT\n").Append('*').Append(step.Key.Table.Value).Append('\n');
                open = step.Key.Table;
            }

            if (step.Counters is { } counters)
            {
                text.Append('[').Append(counters).Append("] ");
            }

            text.Append(step.Line).Append('\n');
        }

        return text.Append(open is null ? "" : "COMMIT\n").ToString();
    }

    /// <summary>The step that a line of the restore text holds; null for a line that holds none.</summary>
    /// <param name="line">The line, from 1.</param>
    public RepairStep? StepAt(int line)
    {
        var (number, open) = (0, (TableName?)null);
        foreach (var step in Steps)
        {
            if (step.Key.Table != open)
            {
                number += open is null ? 1 : 2;
                open = step.Key.Table;
            }

            if (++number == line)
            {
                return step;
            }
        }

        return null;
    }

    /// <summary>One line for each step, as a person would type it into a shell.</summary>
    /// <param name="variant">What the tool's name ends in, <c>-nft</c> or <c>-legacy</c>: plain <c>iptables</c> may be the other one.</param>
    public IEnumerable<string> Commands(string variant) => [.. Steps.Select(step => Typed(step, variant)), .. Switches.Select(one => one.Command(Family))];

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Commands(""));

    private string Typed(RepairStep step, string variant)
    {
        string[] tool = [Family.Tool() + variant, "-t", step.Key.Table.Value];
        try
        {
            return ShellWords.Join([.. tool, .. RuleWords.Split(step.Line).Select(word => word.Text)]);
        }
        catch (FormatException)
        {
            return $"# no shell could be told this one: {ShellWords.Join(tool)} {step.Line}";
        }
    }

    internal static RulesetPlan Of(Family family, IEnumerable<RepairStep> steps) =>
        new(family, steps.OrderBy(step => step.Key.Table.Order).ToValueList());
}
