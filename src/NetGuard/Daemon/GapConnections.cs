using NetGuard.Core.Conntrack;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Core.Watch;

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
    private readonly Dictionary<Family, Memory> _memories = [];
    private readonly HashSet<(Rule, string)> _saidUndecided = [];

    /// <summary>Takes the result of a check. The tables have been read behind the repair.</summary>
    /// <param name="outcome">What was repaired.</param>
    /// <param name="desired">What was declared.</param>
    /// <param name="read">The tables as they were read last: of chains that do not matter for what is declared, the rules are not known.</param>
    /// <param name="xtables">Where the others are read, if they matter for this.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task SettleAsync(Outcome outcome, DesiredState desired, IReadOnlyCollection<Ruleset> read, IXtables xtables, CancellationToken cancel)
    {
        var scope = WatchScope.Of(desired, read);
        foreach (var ruleset in desired.Rulesets)
        {
            if (read.FirstOrDefault(live => live.Family == ruleset.Family) is not { } live)
            {
                continue;
            }

            try
            {
                var known = scope.In(ruleset.Family).Where(chain => chain.Rules).Select(chain => chain.Chain).ToHashSet();
                var memory = _memories.TryGetValue(ruleset.Family, out var former) ? former : _memories[ruleset.Family] = new();
                var isBack = outcome.Repaired.Where(drift => drift.Family == ruleset.Family && MayLetPass(drift)).ToList();
                var seen = Blockade.Of(ruleset, live, known.Contains);
                if (isBack.Count > 0 && memory.History.IsKnown && !seen.IsOpen)
                {
                    // A policy is behind everybody's rules. Where it stood all the time, nothing that it alone forbids was opened.
                    var policies = isBack.Exists(drift => drift.Kind == DriftKind.Policy);
                    var partial = Blockade.Of(ruleset, live, known.Contains, policies);
                    if (partial.IsPartial && !AnyMayBeForbidden(memory.History, partial))
                    {
                        continue; // Whatever is in the chains that were not read: there is nothing to cut.
                    }

                    var blockade = await WholeAsync(partial, policies).ConfigureAwait(false);
                    if (!blockade.IsOpen)
                    {
                        Cut(memory.History, blockade, isBack, policies);
                    }

                    memory.Seen = policies ? seen : memory.Seen;
                }
                else if (!outcome.Remaining.Any(drift => drift.Family == ruleset.Family) && !seen.Equals(memory.Seen))
                {
                    var blockade = await WholeAsync(seen, true).ConfigureAwait(false);
                    if (memory.History.Stands(blockade))
                    {
                        Count(memory.History, blockade);
                    }

                    memory.Seen = seen;
                }
            }
            catch (Exception e) when (e is IOException or XtablesException)
            {
                _memories.Remove(ruleset.Family);
                log.ConnectionsUnreadable(e.Message);
            }

            async Task<Blockade> WholeAsync(Blockade partial, bool policies) => partial.IsPartial && !partial.IsOpen
                ? Blockade.Of(ruleset, await xtables.ReadAsync(ruleset.Family, cancel).ConfigureAwait(false), null, policies)
                : partial;
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

    private void Cut(ConnectionHistory history, Blockade blockade, List<Drift> isBack, bool isWhole)
    {
        using var routes = conntrack.Routes();
        var (forbidden, undecided, left) = Find(history, blockade, routes);
        var opened = forbidden.Where(tracked => history.WasOpenedInAGap(tracked.Connection, former => Judge(former, tracked.Connection, routes))).ToList();
        var cut = opened.Where(conntrack.Delete).ToList();
        state.Cut(cut.Count);
        log.ConnectionsCut(isBack.Find(drift => drift.Rule is not null) ?? isBack[0], [.. cut.Select(tracked => tracked.Connection)], left);
        if (isWhole)
        {
            history.Begin(blockade, forbidden.Except(opened).Select(tracked => tracked.Connection), undecided);
        }
        else
        {
            history.Tolerate(undecided);
        }
    }

    // To read all chains takes long where there are many rules. One such connection is reason enough.
    private bool AnyMayBeForbidden(ConnectionHistory history, Blockade partial)
    {
        using var routes = conntrack.Routes();
        var any = false;
        conntrack.Find(partial.Family, connection =>
        {
            any = any || (history.MayHaveBeenOpenedInAGap(connection) && Judge(partial, connection, routes) != Judgement.Passes);
            return false;
        });
        return any;
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

    private sealed class Memory
    {
        public ConnectionHistory History { get; } = new();

        // What stood when it was counted last, as far as the chains were read that matter for what is declared.
        public Blockade? Seen { get; set; }
    }
}
