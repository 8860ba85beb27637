using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Watch;

namespace NetGuard.Daemon;

/// <summary>
/// Reads the chains of one family of iptables-legacy that matter without a process: each rule in them must be known by its digest from an
/// earlier reading of the tools. These are asked where one is not, and they alone write.
/// </summary>
/// <param name="family">The family.</param>
public sealed class LegacyShortcut(Family family)
{
    // Strangers' rules may come and go without end. Beyond this and twice what was there at first, all is learnt anew.
    private const int Spare = 1000;

    // Null where two rules with one digest were told as different texts.
    private readonly Dictionary<ulong, Rule?> _rules = [];

    // Null while the tools are to be asked. Where nothing is declared and nothing of NetGuard's is left, nothing matters, which is another thing.
    private HashSet<(ChainKey Chain, bool Rules)>? _mattered;
    private int _first;

    /// <summary>Has the next reading be done by the tools.</summary>
    public void Distrust() => _mattered = null;

    /// <summary>Takes note of what the tools have read.</summary>
    /// <param name="desired">What decides which chains matter.</param>
    /// <param name="told">What they told.</param>
    /// <param name="before">What the kernel told before they began.</param>
    /// <param name="after">What it told afterwards.</param>
    public void Learn(
        DesiredState desired, Ruleset told, IReadOnlyDictionary<ChainKey, LegacyChain>? before, IReadOnlyDictionary<ChainKey, LegacyChain>? after)
    {
        Distrust();
        if (_rules.Count > 2 * _first + Spare)
        {
            _rules.Clear();
        }

        if (before is null || after is null || told.Unreadable.Count > 0)
        {
            return;
        }

        var mattered = Scope(desired, told).ToHashSet();
        foreach (var (key, _) in mattered)
        {
            if (before.GetValueOrDefault(key) is not { } chain)
            {
                continue;
            }

            // It may have changed while they read it.
            if (chain != after.GetValueOrDefault(key) || told.Find(key) is not { } text || text.Policy != chain.Policy || text.Rules.Count != chain.Rules.Length)
            {
                return;
            }

            for (var i = 0; i < chain.Rules.Length; i++)
            {
                var same = !_rules.TryGetValue(chain.Rules[i], out var known) || text.Rules[i].Equals(known);
                _rules[chain.Rules[i]] = same && chain.Rules[i] != LegacyChain.Unknowable ? text.Rules[i] : null;
            }
        }

        _first = _rules.Count;
        _mattered = mattered;
    }

    /// <summary>The chains that matter, as the tools would have told them; null where only these can.</summary>
    /// <param name="desired">What decides which chains matter.</param>
    /// <param name="live">What the kernel tells.</param>
    public Ruleset? Read(DesiredState desired, IReadOnlyDictionary<ChainKey, LegacyChain>? live)
    {
        if (live is null || _mattered is null)
        {
            return null;
        }

        var chains = new Dictionary<ChainKey, Chain>();
        var asked = new HashSet<(ChainKey, bool)>();
        // Rules of ours that somebody has put elsewhere matter as well.
        var strays = live.Where(chain => Array.Exists(chain.Value.Rules, digest => _rules.GetValueOrDefault(digest) is { IsOwned: true })).Select(chain => (chain.Key, true));
        for (var next = _mattered.Union(strays).ToList(); next.Count > 0;)
        {
            foreach (var (key, withRules) in next)
            {
                asked.Add((key, withRules));
                if (live.GetValueOrDefault(key) is not { } there)
                {
                    continue;
                }

                var rules = withRules ? there.Rules.Select(digest => _rules.GetValueOrDefault(digest)).ToList() : [];
                if (rules.Contains(null))
                {
                    Distrust();
                    return null;
                }

                chains[key] = new(key.Chain, there.Policy, rules.OfType<Rule>().ToValueList());
            }

            // Which chains matter depends on what is in them.
            next = [.. Scope(desired, Of(chains, live)).Where(chain => !asked.Contains(chain) && !asked.Contains((chain.Chain, true)))];
        }

        return Of(chains, live);
    }

    // In the kernel's order, which is that of iptables-save.
    private Ruleset Of(Dictionary<ChainKey, Chain> chains, IReadOnlyDictionary<ChainKey, LegacyChain> live) => new(
        family,
        [.. live.Keys.Where(chains.ContainsKey).GroupBy(key => key.Table).OrderBy(table => table.Key.Order)
            .Select(table => new Table(table.Key, [.. table.Select(key => chains[key])]))]);

    private IEnumerable<(ChainKey Chain, bool Rules)> Scope(DesiredState desired, Ruleset ruleset) => WatchScope.Of(desired, [ruleset]).In(family);
}
