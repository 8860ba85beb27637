using System.Text;
using NetGuard.Core.Healing;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>Docker's chains in x_tables, by their text: iptables-legacy prints what it would take back.</summary>
/// <param name="xtables">The tools.</param>
public sealed class LegacyDockersTables(IXtables xtables) : IDockersTables
{
    /// <inheritdoc/>
    public async Task<ValueList<RememberedChain>> LearnAsync(Family family, CancellationToken cancel) =>
        RememberedChain.Of(await xtables.ReadAsync(family, cancel).ConfigureAwait(false), (_, _, rule) => Body(rule));

    /// <inheritdoc/>
    public async Task<DockersLive> ReadAsync(Family family, ValueList<RememberedChain> good, CancellationToken cancel)
    {
        var read = await xtables.ReadAsync(family, cancel).ConfigureAwait(false);
        var live = new Dictionary<ChainKey, IReadOnlyList<DockersRule>>();
        foreach (var (key, _, _) in good)
        {
            if (read.Find(key) is { } chain)
            {
                live[key] = [.. chain.Rules.Select(rule => new DockersRule(0, Body(rule)))];
            }
        }

        return new(0, live, TableName.All.ToHashSet());
    }

    /// <inheritdoc/>
    public Task PutBackAsync(HealPlan plan, DockersLive live, CancellationToken cancel) =>
        xtables.RestoreAsync(plan.ToText(key => live.Chains.TryGetValue(key, out var rules) ? rules.Count : 0), cancel);

    /// <inheritdoc/>
    public Task TakeOutAsync(Family family, IReadOnlyList<(ChainKey Chain, DockersRule Rule)> rules, DockersLive live, CancellationToken cancel) =>
        xtables.RestoreAsync(
            new(family, [.. rules.OrderBy(rule => rule.Chain.Table.Order).Select(rule => (RepairStep)new DeleteRule(rule.Chain, new(Encoding.UTF8.GetString(rule.Rule.Body.Span))))]),
            cancel);

    private static ReadOnlyMemory<byte> Body(Rule rule) => Encoding.UTF8.GetBytes(rule.Text);
}
