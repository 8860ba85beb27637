using NetGuard.Core.Config;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Has one family's own tools and kernel turn declared rules into the kernel's form, and finds those that they refuse.</summary>
internal sealed class Canonicalizer(Launcher launcher, ITrial trial, Family family)
{
    // Loads into any kernel that knows the family at all.
    private static readonly RuleDraft Harmless = new(ChainKey.Forward, new("-j ACCEPT", new("", 0, 0)) { Name = "harmless" });

    private readonly Dictionary<RuleConfig, string> _refused = [];

    public async Task<CanonicalRules> RunAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        await StubSetsAsync(drafts, cancel).ConfigureAwait(false);
        var rest = drafts.Where(draft => !_refused.ContainsKey(draft.Config)).ToList();
        while (rest.Count > 0)
        {
            var (forms, refusal, suspect) = await trial.TryAsync(rest, cancel).ConfigureAwait(false);
            if (forms is not null)
            {
                return new(family, forms, _refused);
            }

            if ((await trial.TryAsync([Harmless], cancel).ConfigureAwait(false)).Refusal is { } unusable)
            {
                throw unusable; // No rule can be loaded: it says nothing about this one.
            }

            if (suspect is null || !await RefusesAloneAsync(suspect, cancel).ConfigureAwait(false))
            {
                // The tools do not always name the line, and sometimes that of COMMIT.
                await BisectAsync(rest, cancel).ConfigureAwait(false);
            }

            if (rest.RemoveAll(draft => _refused.ContainsKey(draft.Config)) == 0)
            {
                throw new XtablesException($"the rules cannot be loaded together, though each can alone: {refusal?.Message}");
            }
        }

        return new(family, new Dictionary<RuleConfig, ValueList<Rule>>(), _refused);
    }

    private async Task BisectAsync(List<RuleDraft> drafts, CancellationToken cancel)
    {
        if (drafts.Count == 1)
        {
            await RefusesAloneAsync(drafts[0], cancel).ConfigureAwait(false);
            return;
        }

        foreach (var half in new[] { drafts[..(drafts.Count / 2)], drafts[(drafts.Count / 2)..] })
        {
            if ((await trial.TryAsync(half, cancel).ConfigureAwait(false)).Forms is null)
            {
                await BisectAsync(half, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> RefusesAloneAsync(RuleDraft draft, CancellationToken cancel)
    {
        if ((await trial.TryAsync([draft], cancel).ConfigureAwait(false)).Refusal is not { } refusal)
        {
            return false;
        }

        _refused[draft.Config] = RefusalText.Of(draft, refusal.Message);
        return true;
    }

    // Of a set only the family matters to the match: that of the host's own set where there is one, so that a rule with a set of
    // IPv4 addresses is none for IPv6.
    private async Task StubSetsAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel)
    {
        var sets = new Dictionary<string, Family>(StringComparer.Ordinal);
        foreach (var (draft, set) in drafts.SelectMany(draft => SetNames.Of(draft.Config.Text), (draft, set) => (draft, set)))
        {
            if (SetNames.Fault(set) is { } fault)
            {
                _refused.TryAdd(draft.Config, fault);
            }
            else
            {
                // One that is not there yet is taken to be for IPv4, unless the rule is declared for IPv6.
                sets[set] = draft.Config.Family ?? sets.GetValueOrDefault(set, Family.Ipv4);
            }
        }

        if (sets.Count == 0)
        {
            return;
        }

        var listing = await launcher.RunAsync(IpsetTool.List(), cancel).ConfigureAwait(false);
        var families = SetNames.FamiliesIn(listing.Output);
        await trial.StubSetsAsync(sets.ToDictionary(
            set => set.Key, set => families.TryGetValue(set.Key, out var of) ? of ?? family : set.Value), cancel).ConfigureAwait(false);
    }
}
