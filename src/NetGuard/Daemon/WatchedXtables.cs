using System.Collections.Concurrent;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>
/// Tables that remember how far each family has been read: a change that was in force before the last reading began needs no check of
/// its own, whoever made it.
/// </summary>
/// <param name="inner">The tables.</param>
/// <param name="backend">Their variant.</param>
/// <param name="generation">Asks nf_tables which generation is in force.</param>
public sealed class WatchedXtables(IXtables inner, Backend backend, Func<uint?> generation) : IXtables
{
    private readonly ConcurrentDictionary<Family, Reading> _last = new();

    /// <summary>The tables themselves, for whoever knows more of them.</summary>
    public IXtables Inner => inner;

    /// <summary>What was read last.</summary>
    public IReadOnlyCollection<Ruleset> Last => [.. _last.Values.Select(reading => reading.Ruleset)];

    /// <inheritdoc/>
    public async Task<Ruleset> ReadAsync(Family family, CancellationToken cancel)
    {
        _last.TryRemove(family, out _); // A failed reading covers nothing.
        var at = backend == Backend.Nft ? generation() : null;
        var digests = backend == Backend.Legacy ? LegacyDigests.Read(family) : null;
        var ruleset = await inner.ReadAsync(family, cancel).ConfigureAwait(false);
        _last[family] = new(ruleset, at, digests);
        return ruleset;
    }

    /// <inheritdoc/>
    public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => inner.ReadCountedAsync(family, cancel);

    /// <inheritdoc/>
    public Task RestoreAsync(RulesetPlan plan, CancellationToken cancel) => inner.RestoreAsync(plan, cancel);

    /// <inheritdoc/>
    public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) =>
        inner.CanonicalizeAsync(family, drafts, cancel);

    /// <summary>Whether a family's last reading saw the commit that made a generation.</summary>
    public bool Covers(Family family, uint commit) =>
        _last.TryGetValue(family, out var reading) && reading.Generation is { } read && unchecked((int)(commit - read)) <= 0;

    /// <summary>The chains of iptables-legacy that are not as they were when the family was read last; null where that cannot be told.</summary>
    public IReadOnlyList<ChainKey>? ChangedSince(Family family)
    {
        if (!_last.TryGetValue(family, out var reading) || reading.Digests is not { } then || LegacyDigests.Read(family) is not { } now)
        {
            return null;
        }

        return
        [
            .. now.Where(chain => !then.TryGetValue(chain.Key, out var was) || was != chain.Value).Select(chain => chain.Key),
            .. then.Keys.Where(key => !now.ContainsKey(key)),
        ];
    }

    private sealed record Reading(Ruleset Ruleset, uint? Generation, IReadOnlyDictionary<ChainKey, ulong>? Digests);
}
