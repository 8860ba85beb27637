using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>A chain of nf_tables, every rule of which is known by its bytes.</summary>
/// <param name="Chain">The chain as iptables-save would have it.</param>
/// <param name="Handles">The kernel's numbers for its rules, in their order.</param>
public sealed record KnownChain(Chain Chain, ulong[] Handles);

/// <summary>The chains of a family that were asked for, as they were in one generation.</summary>
/// <param name="Family">The family.</param>
/// <param name="Generation">The generation.</param>
/// <param name="Chains">Those that are there.</param>
public sealed record KnownRuleset(Family Family, uint Generation, IReadOnlyDictionary<ChainKey, KnownChain> Chains)
{
    /// <summary>The same as the tools would have told it, less the chains that nobody asked for.</summary>
    public Ruleset ToRuleset() => new(
        Family,
        [.. Chains.GroupBy(chain => chain.Key.Table).OrderBy(table => table.Key.Order)
            .Select(table => new Table(table.Key, [.. table.Select(chain => chain.Value.Chain)]))]);
}
