using System.Text;
using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Watch;

/// <summary>
/// The chains whose changes start a check: the declared ones, those in which NetGuard has left rules, those that are waited for, and
/// what decides whether DOCKER-USER is reached. All others may change a thousand times.
/// </summary>
public sealed class WatchScope
{
    private readonly Entry[] _entries;
    private readonly Family[] _whole;

    private WatchScope(IEnumerable<Entry> entries, IEnumerable<Family> whole)
    {
        _entries = [.. entries];
        _whole = [.. whole];
    }

    /// <summary>Every chain of both families: while nothing has been read yet.</summary>
    public static WatchScope Everything { get; } = new([], Enum.GetValues<Family>());

    /// <summary>Nothing: where the rules are not in nf_tables.</summary>
    public static WatchScope Nothing { get; } = new([], []);

    /// <summary>That Docker makes its chains in nf_tables: where the rules have been in iptables-legacy so far.</summary>
    public static WatchScope DockerAppearing { get; } = new(
        from family in Enum.GetValues<Family>()
        from name in new[] { "DOCKER", "DOCKER-USER", "DOCKER-FORWARD" }
        select new Entry(family, new(TableName.Filter, new(name)), false),
        []);

    /// <summary>Certain chains of both families, wherever they come from.</summary>
    public static WatchScope Of(IEnumerable<ChainKey> chains) => new(
        from family in Enum.GetValues<Family>()
        from chain in chains
        select new Entry(family, chain, true),
        []);

    /// <summary>The chains that are watched, for tests and the log.</summary>
    public IEnumerable<(Family Family, ChainKey Chain)> Chains => _entries.Select(e => (e.Family, e.Key));

    /// <summary>The chains of one family, each once, and whether their rules matter or only that they are there.</summary>
    public IEnumerable<(ChainKey Chain, bool Rules)> In(Family family) =>
        _entries.Where(e => e.Family == family).GroupBy(e => e.Key).Select(same => (same.Key, same.Any(e => e.Rules)));

    /// <summary>Draws the line.</summary>
    /// <param name="desired">What was declared.</param>
    /// <param name="read">The tables as they were read last. A family that is not among them is watched as a whole.</param>
    public static WatchScope Of(DesiredState desired, IReadOnlyCollection<Ruleset> read)
    {
        var entries = new List<Entry>();
        var whole = new List<Family>();
        foreach (var ruleset in desired.Rulesets)
        {
            if (read.FirstOrDefault(r => r.Family == ruleset.Family) is { } live)
            {
                entries.AddRange(Guarded(ruleset, live).Distinct().Select(key => new Entry(ruleset.Family, key, true)));
                entries.AddRange(Awaited(ruleset).Distinct().Select(key => new Entry(ruleset.Family, key, false)));
            }
            else
            {
                whole.Add(ruleset.Family);
            }
        }

        return new(entries, whole);
    }

    /// <summary>Whether a chain is watched, or only waited for.</summary>
    public bool Mentions(Family family, ChainKey chain) =>
        Array.IndexOf(_whole, family) >= 0 || _entries.Any(e => e.Family == family && e.Key == chain);

    /// <summary>Whether all that another scope watches is watched by this one, too.</summary>
    public bool Includes(WatchScope other) =>
        other._whole.All(family => Array.IndexOf(_whole, family) >= 0)
        && other._entries.All(o => Array.IndexOf(_whole, o.Family) >= 0 || _entries.Any(e => e.Family == o.Family && e.Key == o.Key && e.Rules == o.Rules));

    /// <summary>What an event does to a watched chain; null where it does nothing to any.</summary>
    public ChainTouch? Match(in NftEvent change)
    {
        Family family;
        switch (change.Family)
        {
            case Nfnetlink.Ipv4:
                family = Family.Ipv4;
                break;
            case Nfnetlink.Ipv6:
                family = Family.Ipv6;
                break;
            default:
                return null; // inet, bridge, netdev: iptables has no tables there.
        }

        var how = change.Kind switch
        {
            NfTables.NewRule => TouchKinds.RuleAdded,
            NfTables.DeleteRule => TouchKinds.RuleRemoved,
            NfTables.NewChain => TouchKinds.ChainSet,
            NfTables.DeleteChain => TouchKinds.ChainRemoved,
            NfTables.NewTable or NfTables.DeleteTable => TouchKinds.Table,
            _ => TouchKinds.None,
        };
        if (how == TouchKinds.None)
        {
            return null;
        }

        if (Array.IndexOf(_whole, family) >= 0)
        {
            return new(family, null, how);
        }

        var isInTable = false;
        foreach (var entry in _entries)
        {
            if (entry.Family == family && change.Table.SequenceEqual(entry.Table))
            {
                isInTable = true;
                if (how == TouchKinds.Table)
                {
                    return new(family, null, how);
                }

                if (change.Chain.SequenceEqual(entry.Chain) && (entry.Rules || how is TouchKinds.ChainSet or TouchKinds.ChainRemoved))
                {
                    return new(family, entry.Key, how);
                }
            }
        }

        // A chain that was given another name is told of by the new one alone: any may have been one of these.
        return isInTable && how == TouchKinds.ChainSet ? new(family, null, TouchKinds.Unknown) : null;
    }

    private static IEnumerable<ChainKey> Guarded(DesiredRuleset desired, Ruleset live)
    {
        foreach (var chain in desired.Chains)
        {
            yield return chain.Key;
        }

        if (desired.Chains.Any(c => c.Key == ChainKey.DockerUser && c.Top.Count + c.Bottom.Count > 0))
        {
            yield return ChainKey.Forward;
            foreach (var chain in BeforeDockerUser(desired, live))
            {
                yield return chain;
            }
        }

        foreach (var (key, chain) in live.Chains)
        {
            if (chain.Rules.Any(rule => rule.Text.Contains(Rule.TagPrefix, StringComparison.Ordinal) && rule.IsOwned))
            {
                yield return key;
            }
        }
    }

    // A rule that accepts, put into one of these, would let packets pass before DOCKER-USER sees them.
    private static HashSet<ChainKey> BeforeDockerUser(DesiredRuleset desired, Ruleset live)
    {
        var called = new HashSet<ChainKey>();
        var open = new Queue<Rule>(desired.Chains.Where(c => c.Key == ChainKey.Forward).SelectMany(c => c.Top.Concat(c.Bottom)).Select(rule => rule.Rule));
        foreach (var rule in live.Find(ChainKey.Forward)?.Rules ?? [])
        {
            if (rule.Target == ChainKey.DockerUser.Chain.Value)
            {
                break;
            }

            open.Enqueue(rule);
        }

        while (open.TryDequeue(out var rule))
        {
            if (rule.Target is { } target && Targets.IsChain(target) && ChainName.Fault(target) is null
                && new ChainKey(TableName.Filter, new(target)) is var key && called.Add(key))
            {
                foreach (var next in live.Find(key)?.Rules ?? [])
                {
                    open.Enqueue(next);
                }
            }
        }

        return called;
    }

    // Chains that declared rules jump to: their coming is waited for, and their going breaks the rule. What they hold is not ours.
    private static IEnumerable<ChainKey> Awaited(DesiredRuleset desired) =>
        from chain in desired.Chains
        from rule in chain.Top.Concat(chain.Bottom)
        let target = rule.Rule.Target
        where target is not null && Targets.IsChain(target) && ChainName.Fault(target) is null
        select new ChainKey(chain.Key.Table, new(target));

    private sealed class Entry(Family family, ChainKey key, bool rules)
    {
        public Family Family { get; } = family;

        public ChainKey Key { get; } = key;

        public bool Rules { get; } = rules;

        public byte[] Table { get; } = Encoding.UTF8.GetBytes(key.Table.Value);

        public byte[] Chain { get; } = Encoding.UTF8.GetBytes(key.Chain.Value);
    }
}
