using System.Collections.Concurrent;
using NetGuard.Core.Diff;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>
/// Tables that remember how far each family has been read: a change that was in force before the last reading began needs no check of
/// its own, whoever made it. Where all that matters is known by its bytes, they are read and written without a process.
/// </summary>
/// <param name="inner">The tables.</param>
/// <param name="backend">Their variant.</param>
/// <param name="nft">The same tables in the kernel; null where they are not there, or out of reach.</param>
public sealed class WatchedXtables(IXtables inner, Backend backend, NftTables? nft) : IXtables
{
    private readonly ConcurrentDictionary<Family, Reading> _last = new();
    private readonly Dictionary<Family, NftShortcut> _shortcuts = backend == Backend.Nft && nft is { } tables
        ? Enum.GetValues<Family>().ToDictionary(family => family, family => new NftShortcut(family, tables, inner))
        : [];

    private readonly Dictionary<Family, LegacyShortcut> _legacy = backend == Backend.Legacy
        ? Enum.GetValues<Family>().ToDictionary(family => family, family => new LegacyShortcut(family))
        : [];

    /// <summary>The tables themselves, for whoever knows more of them.</summary>
    public IXtables Inner => inner;

    /// <summary>What is declared: it decides which chains matter.</summary>
    public DesiredState Desired { get; set; } = new([], []);

    /// <summary>What was read last.</summary>
    public IReadOnlyCollection<Ruleset> Last => [.. _last.Values.Select(reading => reading.Ruleset)];

    /// <summary>Has the next reading of each family be done by the tools, and of all that there is.</summary>
    public void ReadWhole()
    {
        foreach (var shortcut in _shortcuts.Values)
        {
            shortcut.Distrust();
        }

        foreach (var shortcut in _legacy.Values)
        {
            shortcut.Distrust();
        }
    }

    /// <inheritdoc/>
    public async Task<Ruleset> ReadAsync(Family family, CancellationToken cancel)
    {
        _last.TryRemove(family, out _); // A failed reading covers nothing.
        var shortcut = _shortcuts.GetValueOrDefault(family);
        if (shortcut is not null && await shortcut.ReadAsync(Desired, cancel).ConfigureAwait(false) is { } known)
        {
            _last[family] = new(known.ToRuleset(), known.Generation, null);
            return _last[family].Ruleset;
        }

        var at = Generation();
        var legacy = _legacy.GetValueOrDefault(family);
        var chains = legacy is null ? null : LegacyChains.Read(family);
        if (legacy?.Read(Desired, chains) is { } recognized)
        {
            _last[family] = new(recognized, null, chains);
            return recognized;
        }

        var ruleset = await inner.ReadAsync(family, cancel).ConfigureAwait(false);
        if (shortcut is not null)
        {
            ruleset = NftWitness.Correct(nft!, Desired, ruleset);
        }

        ruleset = Desired.Rulesets.FirstOrDefault(desired => desired.Family == family) is { } declared ? SharedRules.In(ruleset, declared) : ruleset;
        if (shortcut is not null && at is { } generation)
        {
            shortcut.Learn(Desired, ruleset, generation);
        }

        legacy?.Learn(Desired, ruleset, chains, LegacyChains.Read(family));
        _last[family] = new(ruleset, at, chains);
        return ruleset;
    }

    /// <inheritdoc/>
    public Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel) => inner.ReadChainAsync(family, key, cancel);

    /// <inheritdoc/>
    public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => inner.ReadCountedAsync(family, cancel);

    /// <inheritdoc/>
    public async Task RestoreAsync(RulesetPlan plan, CancellationToken cancel)
    {
        if (_shortcuts.TryGetValue(plan.Family, out var shortcut) && shortcut.TryRestore(plan))
        {
            return;
        }

        try
        {
            if (plan.Steps.Count > 0)
            {
                await inner.RestoreAsync(plan, cancel).ConfigureAwait(false);
            }
        }
        catch (XtablesException e) when (shortcut is not null)
        {
            throw NftWitness.Explained(nft, plan, e);
        }

        NftWitness.Switch(nft, plan);
    }

    /// <summary>Makes the answers to what may happen next; where nothing was read since the last time, they are the same.</summary>
    public IReadOnlyList<PromptAnswers> Prepare() =>
        [.. Desired.Rulesets.Select(desired => _shortcuts.GetValueOrDefault(desired.Family)?.Prepare(desired)).OfType<PromptAnswers>()];

    /// <summary>Gives one of these answers. To be sure of it, read again.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="made">The generation that the commit made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where nothing was done.</returns>
    public IReadOnlyCollection<Drift> Answer(PromptAnswer answer, uint made, uint since) =>
        Declared(answer.Known.Family) is var (shortcut, desired) ? shortcut.Answer(desired, answer, made, since) : [];

    /// <summary>Puts a family right where that takes no process, and waits for nobody. To be sure of it, read again.</summary>
    /// <param name="family">The family.</param>
    /// <param name="commit">What was told of the commit that is to be judged.</param>
    /// <param name="made">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where nothing was done.</returns>
    public IReadOnlyCollection<Drift> Mend(Family family, NftTransaction commit, uint made, uint since) =>
        Declared(family) is var (shortcut, desired) ? shortcut.Mend(Desired, desired, commit, made, since) : [];

    /// <summary>The same, if nothing must be read for it.</summary>
    /// <param name="family">The family.</param>
    /// <param name="commit">What was told of the commit that is to be judged.</param>
    /// <param name="made">The generation that it made.</param>
    /// <param name="since">The generation of the last one before it that touched a chain that matters.</param>
    /// <returns>What was amiss; nothing where nothing was done.</returns>
    public IReadOnlyCollection<Drift> MendPromptly(Family family, NftTransaction commit, uint made, uint since) =>
        Declared(family) is var (shortcut, desired) ? shortcut.MendPromptly(desired, commit, made, since) ?? [] : [];

    private (NftShortcut Shortcut, DesiredRuleset Desired)? Declared(Family family) =>
        _shortcuts.TryGetValue(family, out var shortcut) && Desired.Rulesets.FirstOrDefault(ruleset => ruleset.Family == family) is { } desired ? (shortcut, desired) : null;

    /// <inheritdoc/>
    public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) =>
        inner.CanonicalizeAsync(family, drafts, cancel);

    /// <summary>Whether a family's last reading saw the commit that made a generation.</summary>
    public bool Covers(Family family, uint commit) =>
        _last.TryGetValue(family, out var reading) && reading.Generation is { } read && unchecked((int)(commit - read)) <= 0;

    /// <summary>The chains of iptables-legacy that are not as they were when the family was read last; null where that cannot be told.</summary>
    public IReadOnlyList<ChainKey>? ChangedSince(Family family)
    {
        if (!_last.TryGetValue(family, out var reading) || reading.Legacy is not { } then || LegacyChains.Read(family) is not { } now)
        {
            return null;
        }

        return
        [
            .. now.Where(chain => !then.TryGetValue(chain.Key, out var was) || was != chain.Value).Select(chain => chain.Key),
            .. then.Keys.Where(key => !now.ContainsKey(key)),
        ];
    }

    private uint? Generation()
    {
        try
        {
            return backend == Backend.Nft ? nft?.ReadGeneration() : null;
        }
        catch (NetlinkException)
        {
            return null;
        }
    }

    private sealed record Reading(Ruleset Ruleset, uint? Generation, IReadOnlyDictionary<ChainKey, LegacyChain>? Legacy);
}
