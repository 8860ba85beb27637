using NetGuard.Core.Healing;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>The chains in which Docker has rules, in one variant of iptables.</summary>
public interface IDockersTables
{
    /// <summary>Learns what is there.</summary>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="Core.Ports.XtablesException">It could not be read.</exception>
    Task<ValueList<RememberedChain>> LearnAsync(Family family, CancellationToken cancel);

    /// <summary>Reads what is there now, of what is remembered.</summary>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="Core.Ports.XtablesException">It could not be read.</exception>
    Task<DockersLive> ReadAsync(Family family, ValueList<RememberedChain> good, CancellationToken cancel);

    /// <summary>Puts back what is missing, all in one commit for each table at least. Nothing of it where something else has changed meanwhile.</summary>
    /// <exception cref="IOException">It was refused.</exception>
    /// <exception cref="Core.Ports.XtablesException">It was refused.</exception>
    Task PutBackAsync(HealPlan plan, DockersLive live, CancellationToken cancel);

    /// <summary>Takes out rules that it has put back itself.</summary>
    /// <exception cref="IOException">It was refused.</exception>
    /// <exception cref="Core.Ports.XtablesException">It was refused.</exception>
    Task TakeOutAsync(Family family, IReadOnlyList<(ChainKey Chain, DockersRule Rule)> rules, DockersLive live, CancellationToken cancel);
}

/// <summary>A rule as it stands.</summary>
/// <param name="Handle">The kernel's number for it; 0 in iptables-legacy, which has none.</param>
/// <param name="Body">What it is.</param>
public readonly record struct DockersRule(ulong Handle, ReadOnlyMemory<byte> Body);

/// <summary>What is there.</summary>
/// <param name="Generation">Of which generation it is, in nf_tables.</param>
/// <param name="Chains">The chains that are there.</param>
/// <param name="Tables">The tables that are there.</param>
public sealed record DockersLive(uint Generation, IReadOnlyDictionary<ChainKey, IReadOnlyList<DockersRule>> Chains, IReadOnlySet<TableName> Tables)
{
    /// <summary>The bodies of a chain's rules; null where the chain is not there.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Bodies(ChainKey key) =>
        Chains.TryGetValue(key, out var rules) ? [.. rules.Select(rule => rule.Body)] : null;
}
