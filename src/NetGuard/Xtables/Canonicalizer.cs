using NetGuard.Core.Config;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Has one family's own tools and kernel turn declared rules into the kernel's form, in a scratch namespace.</summary>
internal sealed class Canonicalizer(Launcher launcher, ScratchNamespace scratch, XtablesTools tools, Family family)
{
    private readonly Dictionary<RuleConfig, string> _refused = [];

    public async Task<CanonicalRules> RunAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        await StubSetsAsync(drafts, cancel).ConfigureAwait(false);
        var rest = drafts.Where(draft => !_refused.ContainsKey(draft.Config)).ToList();
        while (rest.Count > 0 && await LoadAsync(rest, cancel).ConfigureAwait(false) is { } failure)
        {
            await RequireWorkingToolsAsync(cancel).ConfigureAwait(false);
            var culprit = DraftAt(rest, failure.Line);
            if (culprit is null || !await RefuseAloneAsync(culprit, cancel).ConfigureAwait(false))
            {
                await BisectAsync(rest, cancel).ConfigureAwait(false);
            }

            if (rest.RemoveAll(draft => _refused.ContainsKey(draft.Config)) == 0)
            {
                throw new XtablesException($"the rules cannot be loaded together, though each can alone: {failure.Message}");
            }
        }

        return new(family, rest.Count > 0 ? await ReadBackAsync(rest, cancel).ConfigureAwait(false) : new Dictionary<RuleConfig, ValueList<Rule>>(), _refused);
    }

    // The tools do not always name the line, and sometimes that of COMMIT.
    private async Task BisectAsync(List<RuleDraft> drafts, CancellationToken cancel)
    {
        if (drafts.Count == 1)
        {
            await RefuseAloneAsync(drafts[0], cancel).ConfigureAwait(false);
            return;
        }

        foreach (var half in new[] { drafts[..(drafts.Count / 2)], drafts[(drafts.Count / 2)..] })
        {
            if (await LoadAsync(half, cancel).ConfigureAwait(false) is not null)
            {
                await BisectAsync(half, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> RefuseAloneAsync(RuleDraft draft, CancellationToken cancel)
    {
        if (await LoadAsync([draft], cancel).ConfigureAwait(false) is not { } failure)
        {
            return false;
        }

        _refused[draft.Config] = failure.Message[(failure.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        return true;
    }

    private async Task RequireWorkingToolsAsync(CancellationToken cancel)
    {
        if (await RestoreAsync("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j ACCEPT\nCOMMIT\n", cancel).ConfigureAwait(false) is { } failure)
        {
            throw failure;
        }
    }

    private async Task<XtablesException?> LoadAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) =>
        await RestoreAsync(ScratchText.Of(drafts), cancel).ConfigureAwait(false);

    private async Task<XtablesException?> RestoreAsync(string text, CancellationToken cancel)
    {
        var command = new Command(tools.Restore(family), ["--wait", "5"]) { Input = text };
        var result = await scratch.RunAsync(command, cancel).ConfigureAwait(false);
        return result.ExitCode == 0 ? null : ToolWords.Failure(command, result);
    }

    private static RuleDraft? DraftAt(IReadOnlyList<RuleDraft> drafts, int? line)
    {
        if (line is not { } number || ScratchText.Of(drafts).Split('\n').ElementAtOrDefault(number - 1) is not { } text)
        {
            return null;
        }

        return drafts.FirstOrDefault(draft => ScratchText.Line(draft) == text);
    }

    private async Task<Dictionary<RuleConfig, ValueList<Rule>>> ReadBackAsync(List<RuleDraft> drafts, CancellationToken cancel)
    {
        var command = new Command(tools.Save(family), []);
        var result = await scratch.RunAsync(command, cancel).ConfigureAwait(false);
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

        var forms = drafts.Select(draft => draft.Chain).Distinct()
            .SelectMany(key => ruleset.Find(key)?.Rules ?? [], (key, rule) => (Place: (key, rule.Owner), rule))
            .Where(form => form.Place.Owner is not null)
            .ToLookup(form => form.Place, form => form.rule);
        return drafts.ToDictionary(draft => draft.Config, draft => forms[(draft.Chain, draft.Config.Name)].ToValueList() is { Count: > 0 } rules
            ? rules
            : throw new XtablesException($"{command.Name} does not show the rule \"{draft.Config.Text}\" that {tools.Restore(family)} took"));
    }

    // The set match looks its set up when the rule is loaded. Of the set only the family matters to it: that of the host's own set
    // where there is one, so that a rule with a set of IPv4 addresses is none for IPv6.
    private async Task StubSetsAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (draft, set) in drafts.SelectMany(draft => SetNames.Of(draft.Config.Text), (draft, set) => (draft, set)))
        {
            if (SetNames.Fault(set) is { } fault)
            {
                _refused.TryAdd(draft.Config, fault);
            }
            else
            {
                names.Add(set);
            }
        }

        if (names.Count == 0)
        {
            return;
        }

        var ipset = Launcher.Find("ipset") ?? throw new XtablesException("a rule names an ipset, and ipset is not installed: install the package ipset");
        var listing = await launcher.RunAsync(new(ipset, ["list", "-terse"]), cancel).ConfigureAwait(false);
        var families = SetNames.FamiliesIn(listing.Output);
        var command = new Command(ipset, ["restore"])
        {
            Input = string.Concat(names.Select(set =>
                $"create {set} hash:ip family {(families.GetValueOrDefault(set, family) == Family.Ipv4 ? "inet" : "inet6")}\n")),
        };
        var result = await scratch.RunAsync(command, cancel).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw ToolWords.Failure(command, result);
        }
    }
}
