using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Export;

/// <summary>One chain in each family that has it.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Families">What it holds, family by family.</param>
public sealed record SnapshotChain(ChainKey Key, ValueList<(Family Family, Chain Chain)> Families);

/// <summary>The chains that a snapshot shows.</summary>
/// <param name="Chains">The chains, FORWARD first.</param>
/// <param name="Families">The families that were read.</param>
/// <param name="Unreadable">What could not be read and why.</param>
/// <param name="Unreached">The families in which DOCKER-USER has rules and no packet gets there in time.</param>
public sealed record SnapshotScope(
    ValueList<SnapshotChain> Chains, ValueList<Family> Families, ValueList<string> Unreadable, ValueList<Family> Unreached)
{
    /// <summary>Picks the chains that forwarding depends on: FORWARD, Docker's, and what they lead to.</summary>
    /// <param name="rulesets">The tables of each family.</param>
    /// <param name="all">Whether all chains of all tables are wanted instead.</param>
    public static SnapshotScope Of(IReadOnlyList<Ruleset> rulesets, bool all)
    {
        var keys = rulesets.SelectMany(ruleset => all ? ruleset.Chains.Select(c => c.Key) : Forwarding(ruleset)).Distinct().ToList();
        var chains = from key in keys
                     where ChainName.Fault(key.Chain.Value) is null && key != ChainKey.NetGuardForward && key != ChainKey.NetGuardInput
                     let families = rulesets.Where(r => r.WhyUnreadable(key) is null && r.Find(key) is not null)
                         .Select(r => (r.Family, WithoutJumps(r.Find(key)!))).ToValueList()
                     where families.Count > 0
                     select new SnapshotChain(key, families);
        return new(
            chains.OrderBy(c => c.Key != ChainKey.Forward).ToValueList(),
            rulesets.Select(r => r.Family).ToValueList(),
            [
                .. rulesets.SelectMany(r => r.Unreadable, (r, u) => $"{r.Family.Name()} {u.Key}: {u.Value}"),
                .. rulesets.SelectMany(r => r.UnreadableChains, (r, u) => $"{r.Family.Name()} {u.Key}: {u.Value}"),
                .. rulesets.SelectMany(r => r.Dormant, (r, table) => $"{r.Family.Name()} {table}: that the table is dormant, so that no packet gets to its chains: under this configuration it is woken"),
                .. from key in keys let fault = ChainName.Fault(key.Chain.Value) where fault is not null select $"{key}: cannot be declared: {fault}",
            ],
            rulesets.Where(IsUnreached).Select(r => r.Family).ToValueList());
    }

    // NetGuard's own chains follow from the section docker:, and so do the jumps to them.
    private static Chain WithoutJumps(Chain chain) =>
        chain with { Rules = chain.Rules.Where(rule => rule.Target != ChainKey.NetGuardForward.Chain.Value && rule.Target != ChainKey.NetGuardInput.Chain.Value).ToValueList() };

    private static bool IsUnreached(Ruleset ruleset) =>
        ruleset.Find(ChainKey.DockerUser) is { Rules.Count: > 0 } && ruleset.Find(ChainKey.Forward) is { } forward
        && new Reachability(name => ruleset.Find(new(TableName.Filter, name))).Require([], forward.Rules).Count > 0;

    private static HashSet<ChainKey> Forwarding(Ruleset ruleset)
    {
        var reached = new HashSet<ChainKey>();
        var open = new Queue<ChainKey>(ruleset.Chains.Select(c => c.Key)
            .Where(key => key.Table == TableName.Filter && (key.Chain.IsDockerMade || key == ChainKey.DockerUser)).Prepend(ChainKey.Forward));
        while (open.TryDequeue(out var key))
        {
            if (ruleset.Find(key) is not { } chain || !reached.Add(key))
            {
                continue;
            }

            foreach (var rule in chain.Rules)
            {
                if (rule.Target is { } target && Targets.IsChain(target))
                {
                    open.Enqueue(new(key.Table, new(target)));
                }
            }
        }

        return reached;
    }
}
