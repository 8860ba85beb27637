using NetGuard.Core.Conntrack;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// Cuts the connections that were opened while a declared DROP or REJECT was missing and that it forbids. The rule alone would not end
/// them: they live on through the established rule before it.
/// </summary>
/// <param name="conntrack">The connections.</param>
/// <param name="log">Is told what was cut.</param>
/// <param name="state">Counts it.</param>
public sealed class GapConnections(IConntrack conntrack, GuardLog log, GuardState state)
{
    private readonly Dictionary<Family, ConnectionHistory> _histories = [];
    private readonly HashSet<(Rule, string)> _saidUndecided = [];

    /// <summary>Takes the result of a check. The tables have been read behind the repair.</summary>
    /// <param name="outcome">What was repaired.</param>
    /// <param name="desired">What was declared.</param>
    /// <param name="read">The tables as they were read last.</param>
    public void Settle(Outcome outcome, DesiredState desired, IReadOnlyCollection<Ruleset> read)
    {
        foreach (var ruleset in desired.Rulesets)
        {
            if (read.FirstOrDefault(live => live.Family == ruleset.Family) is not { } live)
            {
                continue;
            }

            try
            {
                var blockade = Blockade.Of(ruleset, live);
                var history = _histories.TryGetValue(ruleset.Family, out var known) ? known : _histories[ruleset.Family] = new();
                var isBack = outcome.Repaired.Where(drift => drift.Family == ruleset.Family && MayLetPass(drift)).ToList();
                if (isBack.Count > 0 && history.IsKnown && !blockade.IsOpen)
                {
                    Cut(history, blockade, isBack);
                }
                else if (!outcome.Remaining.Any(drift => drift.Family == ruleset.Family) && history.Stands(blockade))
                {
                    Count(history, blockade);
                }
            }
            catch (IOException e)
            {
                _histories.Remove(ruleset.Family);
                log.ConnectionsUnreadable(e.Message);
            }
        }
    }

    // While it was so, packets may have got by a DROP.
    private static bool MayLetPass(Drift drift) => drift.Kind switch
    {
        DriftKind.Unreachable or DriftKind.ChainMissing => true,
        DriftKind.Policy => drift.Expected == ChainPolicy.Drop.Name(),
        DriftKind.Missing or DriftKind.Misplaced or DriftKind.Altered or DriftKind.Unavailable =>
            drift.Expected is { } text && new Rule(text).Target is { } target && (Targets.Refuses(target) || Targets.IsChain(target)),
        DriftKind.Foreign => true,
        _ => false,
    };

    private void Count(ConnectionHistory history, Blockade blockade)
    {
        foreach (var (rule, option) in blockade.Undecided.Where(_saidUndecided.Add))
        {
            log.ConnectionsUndecidable(blockade.Family, rule, option);
        }

        using var routes = conntrack.Routes();
        var (forbidden, undecided, _) = Find(history, blockade, routes);
        if (!history.Begin(blockade, forbidden.Select(tracked => tracked.Connection), undecided))
        {
            log.ConnectionsUnreadable($"{forbidden.Count} {blockade.Family.Name()} connections are older than the rules that forbid them, too many to remember");
        }
    }

    private void Cut(ConnectionHistory history, Blockade blockade, List<Drift> isBack)
    {
        using var routes = conntrack.Routes();
        var (forbidden, undecided, left) = Find(history, blockade, routes);
        var opened = forbidden.Where(tracked => history.WasOpenedInAGap(tracked.Connection, former => Judge(former, tracked.Connection, routes))).ToList();
        var cut = opened.Where(conntrack.Delete).ToList();
        state.Cut(cut.Count);
        log.ConnectionsCut(isBack.Find(drift => drift.Rule is not null) ?? isBack[0], [.. cut.Select(tracked => tracked.Connection)], left);
        history.Begin(blockade, forbidden.Except(opened).Select(tracked => tracked.Connection), undecided);
    }

    // The forbidden ones, the numbers of those of which it cannot be told, and how many of these are new.
    private (IReadOnlyList<TrackedConnection> Forbidden, List<uint> Undecided, int New) Find(ConnectionHistory history, Blockade blockade, IRoutes routes)
    {
        var undecided = new List<uint>();
        var fresh = 0;
        var forbidden = conntrack.Find(blockade.Family, connection =>
        {
            var judgement = Judge(blockade, connection, routes);
            if (judgement == Judgement.Undecided && undecided.Count < ConnectionHistory.MaxOlder)
            {
                undecided.Add(connection.Id);
                fresh += history.MayHaveBeenOpenedInAGap(connection) ? 1 : 0;
            }

            return judgement == Judgement.Forbidden;
        });
        return (forbidden, undecided, fresh);
    }

    private static Judgement Judge(Blockade blockade, Connection connection, IRoutes routes)
    {
        // Where it came in and went out takes two questions to the kernel: not for those that no rule is about.
        if (!blockade.MayRefuse(connection))
        {
            return Judgement.Passes;
        }

        return blockade.Judge(FirstPacket.Of(
            connection,
            routes.WayTo(connection.Family, connection.Original.Source),
            routes.WayTo(connection.Family, connection.Translated.Destination)));
    }
}
