using System.Globalization;
using System.Text;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>
/// A trial in the live tables, for hosts that refuse namespaces: in chains that nothing refers to, so that no packet meets them, made in
/// one transaction and removed at once. What a rule refers to, chains and ipsets, is replaced by empty stand-ins and put back in the answer.
/// </summary>
internal sealed class LiveTrial(Launcher launcher, XtablesTools tools, Family family) : ITrial
{
    private readonly Dictionary<string, string> _sets = new(StringComparer.Ordinal);

    public async Task<TrialResult> TryAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        var chains = new Aliases();
        var lines = drafts.Select(draft => $"-A {chains.Of($"{draft.Chain}")} {Substituted(draft, chains)}").ToList();
        var text = Text(drafts, chains, lines);
        var restore = new Command(tools.Restore(family), ["--noflush", "--wait", "5"]) { Input = text };
        var result = await launcher.RunAsync(restore, cancel).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            var refusal = ToolWords.Failure(restore, result);
            var index = refusal.Line is { } number ? lines.IndexOf(text.Split('\n').ElementAtOrDefault(number - 1) ?? "") : -1;
            await RemoveAsync(drafts, chains, mayBeGone: true, cancel).ConfigureAwait(false);
            return new(null, refusal, index < 0 ? null : drafts[index]);
        }

        try
        {
            var save = new Command(tools.Save(family), []);
            var saved = await launcher.RunAsync(save, cancel).ConfigureAwait(false);
            var forms = TrialForms.Of(drafts, save, saved, family, draft => new(draft.Chain.Table, new(chains.Of($"{draft.Chain}"))));
            return new(forms.ToDictionary(form => form.Key, form => form.Value.Select(rule => Restored(rule, chains)).ToValueList()), null, null);
        }
        finally
        {
            // Also when we are told to stop: what was made goes.
            await RemoveAsync(drafts, chains, mayBeGone: false, CancellationToken.None).ConfigureAwait(false);
        }
    }

    public async Task StubSetsAsync(IReadOnlyDictionary<string, Family> sets, CancellationToken cancel)
    {
        var aliases = new Aliases();
        foreach (var set in sets.Keys)
        {
            // Sets belong to no family's tables: the other family's trial, which may run at this moment, has its own.
            _sets[set] = $"{aliases.Of(set)}-{family.Name()}";
        }

        var command = IpsetTool.Create(sets.ToDictionary(set => _sets[set.Key], set => set.Value));
        var result = await launcher.RunAsync(command, cancel).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw ToolWords.Failure(command, result);
        }
    }

    public void Dispose()
    {
        if (_sets.Count > 0)
        {
            launcher.RunAsync(IpsetTool.Destroy(_sets.Values), CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    private static string Text(IReadOnlyList<RuleDraft> drafts, Aliases chains, List<string> lines)
    {
        var text = new StringBuilder();
        foreach (var table in drafts.Select((draft, i) => (draft, line: lines[i])).GroupBy(pair => pair.draft.Chain.Table))
        {
            text.Append('*').Append(table.Key.Value).Append('\n');
            foreach (var alias in chains.All)
            {
                text.Append(':').Append(alias).Append(" - [0:0]\n");
            }

            text.AppendJoin("\n", table.Select(pair => pair.line)).Append("\nCOMMIT\n");
        }

        return text.ToString();
    }

    private async Task RemoveAsync(IReadOnlyList<RuleDraft> drafts, Aliases chains, bool mayBeGone, CancellationToken cancel)
    {
        // A refusal of one table leaves the chains of another that was taken before.
        foreach (var table in drafts.Select(draft => draft.Chain.Table).Distinct())
        {
            var text = new StringBuilder().Append('*').Append(table.Value).Append('\n');
            foreach (var command in new[] { "-F", "-X" })
            {
                foreach (var alias in chains.All)
                {
                    text.Append(command).Append(' ').Append(alias).Append('\n');
                }
            }

            var restore = new Command(tools.Restore(family), ["--noflush", "--wait", "5"]) { Input = text.Append("COMMIT\n").ToString() };
            var result = await launcher.RunAsync(restore, cancel).ConfigureAwait(false);
            if (result.ExitCode != 0 && !mayBeGone)
            {
                throw ToolWords.Failure(restore, result);
            }
        }
    }

    private string Substituted(RuleDraft draft, Aliases chains) => Map(draft.TaggedText, (option, word) => option switch
    {
        "-j" or "--jump" or "-g" or "--goto" when Targets.IsChain(word) && ChainName.Fault(word) is null => chains.Of(word),
        _ when SetNames.IsOption(option) && _sets.TryGetValue(word, out var alias) => alias,
        _ => word,
    });

    private Rule Restored(Rule rule, Aliases chains) => new(Map(rule.Text, (option, word) => option switch
    {
        "-j" or "-g" => chains.Original(word) ?? word,
        _ when SetNames.IsOption(option) => _sets.FirstOrDefault(set => set.Value == word).Key ?? word,
        _ => word,
    }));

    // Replaces single words and leaves every other character of the text as it is.
    private static string Map(string rule, Func<string, string, string> replacement)
    {
        var words = RuleWords.Split(rule);
        for (var i = words.Count - 1; i > 0; i--)
        {
            var word = words[i];
            if (!words[i - 1].Quoted && replacement(words[i - 1].Text, word.Text) is var other && other != word.Text)
            {
                rule = string.Concat(rule.AsSpan(0, word.Start), other, rule.AsSpan(word.End));
            }
        }

        return rule;
    }

    private sealed class Aliases
    {
        private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);

        public IEnumerable<string> All => _byName.Values;

        public string Of(string name) => _byName.TryGetValue(name, out var alias)
            ? alias
            : _byName[name] = string.Create(CultureInfo.InvariantCulture, $"NETGUARD-SCRATCH-{Environment.ProcessId % 100_000}-{_byName.Count}");

        public string? Original(string alias) => _byName.FirstOrDefault(pair => pair.Value == alias).Key;
    }
}
