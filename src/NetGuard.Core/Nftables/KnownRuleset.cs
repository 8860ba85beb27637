using NetGuard.Core.Netlink;
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
    /// <summary>Of the tables that were asked for, those that have been put to sleep.</summary>
    public ValueList<TableName> Dormant { get; init; } = [];

    /// <summary>Of the chains that were asked for, those that are not what iptables means by their name, with the reason.</summary>
    public ValueList<KeyValuePair<ChainKey, string>> Unfit { get; init; } = [];

    /// <summary>The same as the tools would have told it, less the chains that nobody asked for.</summary>
    public Ruleset ToRuleset() => new(
        Family,
        [.. Chains.GroupBy(chain => chain.Key.Table).OrderBy(table => table.Key.Order)
            .Select(table => new Table(table.Key, [.. table.Select(chain => chain.Value.Chain)]))])
    {
        Dormant = Dormant,
        UnreadableChains = Unfit,
    };

    /// <summary>What a commit has made of it.</summary>
    /// <param name="commit">All that it did to the chains that are known here, and to those that matter besides.</param>
    /// <param name="generation">The generation that it made.</param>
    /// <returns>Null where what was told does not say.</returns>
    public KnownRuleset? After(NftTransaction commit, uint generation)
    {
        if (!commit.IsPlain)
        {
            return null;
        }

        var chains = new Dictionary<ChainKey, KnownChain>(Chains);
        foreach (var rules in commit.Removed.Where(rule => rule.In.Family == Family).GroupBy(rule => rule.In.Chain!.Value, rule => rule.Handle))
        {
            var gone = rules.ToHashSet();
            if (!chains.TryGetValue(rules.Key, out var chain) || !gone.IsSubsetOf(chain.Handles))
            {
                return null;
            }

            chains[rules.Key] = new(
                chain.Chain with { Rules = [.. chain.Chain.Rules.Where((_, i) => !gone.Contains(chain.Handles[i]))] },
                [.. chain.Handles.Where(handle => !gone.Contains(handle))]);
        }

        foreach (var (of, policy) in commit.Policies.Where(set => set.Of.Family == Family))
        {
            if (!chains.TryGetValue(of.Chain!.Value, out var chain) || chain.Chain.Policy is null)
            {
                return null;
            }

            chains[of.Chain.Value] = chain with { Chain = chain.Chain with { Policy = policy } };
        }

        return this with { Generation = generation, Chains = chains };
    }
}
