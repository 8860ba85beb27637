using NetGuard.Core.Healing;
using NetGuard.Core.Netlink;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Netlink;

namespace NetGuard.Daemon;

/// <summary>Docker's chains in nf_tables. The tools tell which rules are Docker's; all else goes by the kernel's bytes.</summary>
/// <param name="tables">The kernel's tables.</param>
/// <param name="xtables">The tools.</param>
public sealed class NftDockersTables(NftTables tables, IXtables xtables) : IDockersTables
{
    private const int Attempts = 5;

    // What refers to a set, a map or an object of nf_tables may come back without it. iptables has none of these.
    private static readonly string[] Foreign = ["lookup", "objref", "dynset", "flow_offload"];

    private readonly Dictionary<(Family, ChainKey), NftChain> _hooks = [];

    /// <inheritdoc/>
    public async Task<ValueList<RememberedChain>> LearnAsync(Family family, CancellationToken cancel)
    {
        for (var i = 0; i < Attempts; i++)
        {
            var generation = tables.ReadGeneration();
            var read = await xtables.ReadAsync(family, cancel).ConfigureAwait(false);
            try
            {
                var bodies = DockersRules.Chains.ToDictionary(key => key, key => tables.DumpRules(family, key));
                var chains = tables.DumpChains(family);
                if (tables.ReadGeneration() == generation)
                {
                    foreach (var chain in chains.Where(chain => chain.Hook is not null))
                    {
                        if (DockersRules.Chains.FirstOrDefault(key => Is(chain, key)) is { Chain.Value: not null } known && Is(chain, known))
                        {
                            _hooks[(family, known)] = chain;
                        }
                    }

                    return [.. RememberedChain.Of(read, (key, index, _) => index < bodies[key].Count ? bodies[key][index].Body : default).Select(Exact)];
                }
            }
            catch (NetlinkException e) when (e.IsInterrupted)
            {
                // Somebody writes: again.
            }
        }

        throw new XtablesException($"{family.Name()}: the tables change faster than they can be read") { IsTransient = true };
    }

    /// <inheritdoc/>
    public Task<DockersLive> ReadAsync(Family family, ValueList<RememberedChain> good, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                var generation = tables.ReadGeneration();
                var chains = tables.DumpChains(family);
                var live = new Dictionary<ChainKey, IReadOnlyList<DockersRule>>();
                foreach (var (key, _, _) in good)
                {
                    if (chains.Any(chain => Is(chain, key)))
                    {
                        live[key] = [.. tables.DumpRules(family, key).Select(rule => new DockersRule(rule.Handle, rule.Body))];
                    }
                }

                return Task.FromResult(new DockersLive(
                    generation, live, TableName.All.Where(table => chains.Any(chain => chain.Table == table.Value)).ToHashSet()));
            }
            catch (NetlinkException e) when (e.IsInterrupted && i < Attempts)
            {
                // Somebody writes: again.
            }
        }
    }

    /// <inheritdoc/>
    public Task PutBackAsync(HealPlan plan, DockersLive live, CancellationToken cancel)
    {
        var batch = new NftBatch(live.Generation);
        foreach (var table in plan.Chains.Select(chain => chain.Chain.Key.Table).Distinct().Where(table => !live.Tables.Contains(table)))
        {
            batch.CreateTable(plan.Family, table);
        }

        // All chains before all rules: any rule may jump to any of them.
        foreach (var (key, policy, _) in plan.Chains.Where(chain => chain.Create).Select(chain => chain.Chain))
        {
            if (!key.IsBuiltin)
            {
                batch.CreateChain(plan.Family, key);
            }
            else
            {
                batch.CreateHookedChain(plan.Family, key, _hooks[(plan.Family, key)], policy ?? ChainPolicy.Accept);
            }
        }

        foreach (var chain in plan.Chains)
        {
            var there = live.Chains.GetValueOrDefault(chain.Chain.Key) ?? [];
            foreach (var (rule, before) in chain.Rules)
            {
                if (before < there.Count)
                {
                    batch.InsertRuleBefore(plan.Family, chain.Chain.Key, there[before].Handle, rule.Body.Span);
                }
                else
                {
                    batch.AppendRule(plan.Family, chain.Chain.Key, rule.Body.Span);
                }
            }
        }

        tables.Commit(batch);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task TakeOutAsync(Family family, IReadOnlyList<(ChainKey Chain, DockersRule Rule)> rules, DockersLive live, CancellationToken cancel)
    {
        var batch = new NftBatch(live.Generation);
        foreach (var (chain, rule) in rules)
        {
            batch.DeleteRule(family, chain, rule.Handle);
        }

        tables.Commit(batch);
        return Task.CompletedTask;
    }

    private static bool Is(NftChain chain, ChainKey key) => chain.Table == key.Table.Value && chain.Name == key.Chain.Value;

    private static RememberedChain Exact(RememberedChain chain) => chain with
    {
        Rules = [.. chain.Rules.Select(rule =>
            rule.Body.IsEmpty || NftRuleBody.ExpressionNames(rule.Body.Span).Any(Foreign.Contains) ? rule with { Claim = null } : rule)],
    };
}
