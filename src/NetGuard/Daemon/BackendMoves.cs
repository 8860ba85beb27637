using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>Notices that the rules are in the other variant of iptables now: Docker, or an upgrade, may move while we run.</summary>
/// <param name="launcher">Starts the tools of both.</param>
/// <param name="nft">The tables of nf_tables, once they can be reached.</param>
/// <param name="log">Is told.</param>
public sealed class BackendMoves(Launcher launcher, Func<NftTables?> nft, GuardLog log)
{
    private IReadOnlyDictionary<ChainKey, LegacyChain>?[] _legacyWhenWeighed = [];
    private bool _nftWhenWeighed;
    private bool _bothSaid;

    /// <summary>Weighs the two variants where there is a reason to.</summary>
    /// <param name="preparation">What is enforced now.</param>
    /// <param name="wake">Why there is a round.</param>
    /// <param name="isOverdue">Whether nobody has looked for long.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The same configuration, for the other variant; null where all stays.</returns>
    public async Task<Preparation?> FollowAsync(Preparation preparation, Wake wake, bool isOverdue, CancellationToken cancel)
    {
        if (wake.Has(Triggers.Start))
        {
            _legacyWhenWeighed = ReadLegacy();
            _nftWhenWeighed = IsNftInUse();
            _bothSaid = preparation.Choice.Warning is not null;
            return null;
        }

        if (preparation.Config.Backend is not null || !MayHaveMoved(preparation, wake, isOverdue))
        {
            return null;
        }

        var choice = await BackendChoice.MakeAsync(launcher, null, cancel).ConfigureAwait(false);
        if (choice.Backend == preparation.Choice.Backend)
        {
            if (choice.Warning is { } warning && !_bothSaid)
            {
                log.BothInUse(warning);
            }

            _bothSaid = choice.Warning is not null;
            return null;
        }

        var next = await Preparation.MakeAsync(choice, preparation.Config, cancel).ConfigureAwait(false);
        log.BackendSwitched(preparation.Choice.Backend, choice.Backend, next.Mistakes);
        return next.Mistakes.Count > 0 ? null : next;
    }

    // Weighing takes the tools of both. It is done where the one that is not guarded has changed.
    private bool MayHaveMoved(Preparation preparation, Wake wake, bool isOverdue)
    {
        if (preparation.Choice.Backend == Backend.Legacy)
        {
            var inUse = IsNftInUse();
            var changed = inUse != _nftWhenWeighed;
            _nftWhenWeighed = inUse;
            return wake.Has(Triggers.Lost | Triggers.Kernel) || changed || wake.Has(Triggers.Interval) && isOverdue;
        }

        if (!wake.Has(Triggers.Legacy | Triggers.Interval | Triggers.Lost | Triggers.Reload))
        {
            return false;
        }

        var now = ReadLegacy();
        var same = now.Length == _legacyWhenWeighed.Length && now.Zip(_legacyWhenWeighed).All(pair =>
            pair is ({ } one, { } other) && one.Count == other.Count && one.All(chain => other.TryGetValue(chain.Key, out var digest) && digest == chain.Value));
        _legacyWhenWeighed = now;
        return !same;
    }

    // In tables that iptables would know, and without a process.
    private bool IsNftInUse()
    {
        try
        {
            return nft() is { } tables && Enum.GetValues<Family>().Any(family => tables.DumpChains(family).Any(chain =>
                TableName.TryParse(chain.Table, out _) && (chain.Uses > 0 || chain.Policy == ChainPolicy.Drop)));
        }
        catch (NetlinkException)
        {
            return _nftWhenWeighed;
        }
    }

    private static IReadOnlyDictionary<ChainKey, LegacyChain>?[] ReadLegacy() => [.. Enum.GetValues<Family>().Select(LegacyChains.Read)];
}
