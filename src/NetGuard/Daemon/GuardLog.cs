using System.Globalization;
using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Conntrack;
using NetGuard.Core.Diff;
using NetGuard.Core.Docker;
using NetGuard.Core.Healing;
using NetGuard.Core.Journal;
using NetGuard.Core.State;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace NetGuard.Daemon;

/// <summary>
/// Every line that the daemon writes. One event, one line; what has been said and still holds is not said again. Each line for the administrator
/// is one of <see cref="GuardEvents"/>, with its fields.
/// </summary>
/// <param name="log">Where they go.</param>
/// <param name="time">Keeps what would be said over and over apart.</param>
public sealed partial class GuardLog(ILogger log, TimeProvider time)
{
    private const int MaxNames = 8;

    // Rules of strangers may come and go for ever.
    private const int MaxUnknown = 1000;

    private readonly OnceAMinute _lossSaid = new(time);
    private readonly OnceAMinute _deafSaid = new(time);
    private readonly OnceAMinute _connectionsSaid = new(time);
    private readonly OnceAMinute _leftSaid = new(time);
    private readonly OnceAMinute _healWaits = new(time);
    private readonly HashSet<(Family, ChainKey, Rule)> _unknownSaid = [];
    private readonly HashSet<Family> _ingressSaid = [];
    private HashSet<Drift> _remaining = [];
    private HashSet<Waiting> _waiting = [];
    private HashSet<string> _failures = [];
    private HashSet<string> _dockerWarnings = [];

    /// <summary>The first line: what runs, and on what.</summary>
    public void Starting(Preparation preparation)
    {
        var mode = preparation.Config.Mode == GuardMode.Enforce ? "enforcing" : "auditing, changing nothing";
        var families = string.Join(" and ", preparation.Desired.Rulesets.Select(r => r.Family.Name()));
        Tell(GuardEvents.Starting, $"starting: {mode}, iptables-{preparation.Choice.Backend.Name()}, {families}, {Declared(preparation)}");
        Warn(preparation.Warnings);
    }

    /// <summary>The first reconcile is done.</summary>
    public void Guarding(Preparation preparation) =>
        Tell(GuardEvents.Guarding, $"guarding; a check at least every {DurationText.Of(preparation.Config.Interval)}");

    /// <summary>The end. The rules stay.</summary>
    public void Stopped() => Tell(GuardEvents.Stopped, "stopped; rules and settings stay as they are");

    /// <summary>The daemon cannot start.</summary>
    public void StartRefused(string why) => Tell(GuardEvents.StartRefused, why, new EventFields().With(JournalField.Reason, why));

    /// <summary>A new configuration is in force.</summary>
    public void Reloaded(Preparation preparation)
    {
        Tell(GuardEvents.Reloaded, $"configuration reloaded: {Declared(preparation)}");
        Warn(preparation.Warnings);
    }

    /// <summary>A new configuration is enforced on trial.</summary>
    public void TrialBegan(TimeSpan within) => Tell(
        GuardEvents.TrialBegan, $"configuration on trial: the former one is in force again in {DurationText.Of(within)}, unless netguard confirm is said");

    /// <summary>It stays.</summary>
    public void TrialConfirmed() => Tell(GuardEvents.TrialConfirmed, "configuration confirmed");

    /// <summary>The former one is in force again.</summary>
    public void TrialTakenBack(TrialUndone undone)
    {
        var left = string.Join("; ", undone.Left.Concat(undone.Failures));
        Tell(
            GuardEvents.TrialTakenBack,
            $"configuration not confirmed: the former one is in force again, {undone.Done.Count} changes taken back{(left.Length == 0 ? "" : $"; not taken back: {left}")}; the file still says what was not confirmed",
            new EventFields().With(JournalField.Reason, left));
    }

    /// <summary>A new configuration has mistakes.</summary>
    public void ReloadRefused(ValueList<ConfigMistake> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            Tell(GuardEvents.ConfigMistake, mistake.ToString(), Fields(mistake));
        }

        Tell(GuardEvents.ReloadRefused, $"configuration not reloaded: {mistakes.Count} mistakes; the last good one stays in force");
    }

    /// <summary>A new configuration could not be tried.</summary>
    public void ReloadFailed(Exception e)
    {
        Tell(GuardEvents.ReloadRefused, $"configuration not reloaded: {e.Message}; the last good one stays in force", new EventFields().With(JournalField.Reason, e.Message));
        log.Debug(e, "reload failed");
    }

    /// <summary>Both variants of iptables hold rules, which was not so before.</summary>
    public void BothInUse(string warning) => Tell(GuardEvents.ConfigWarning, warning);

    /// <summary>The rules are in another variant of iptables now.</summary>
    public void BackendSwitched(Backend former, Backend now, ValueList<ConfigMistake> mistakes)
    {
        Tell(GuardEvents.BackendSwitched, $"the rules are in iptables-{now.Name()} now, no longer in iptables-{former.Name()}: following");
        foreach (var mistake in mistakes)
        {
            Tell(GuardEvents.BackendNotFollowed, $"not followed: {mistake}", Fields(mistake));
        }
    }

    /// <summary>What a check in audit mode found.</summary>
    public void Assessed(Assessment assessment, Attributions by, string reason = "audit mode")
    {
        foreach (var drift in assessment.Drifts.Where(drift => !_remaining.Contains(drift)))
        {
            Tell(
                GuardEvents.DriftFound, $"drift {Text(drift)}; by {by.By(drift)}; not repaired: {reason}",
                EventFields.Of(drift).By(by.By(drift)));
        }

        Settle(assessment.Drifts);
        SayWaiting(assessment.Waiting);
    }

    /// <summary>What a check found and repaired.</summary>
    public void Reconciled(Outcome outcome, Attributions by, Func<Drift, bool> isOldNews)
    {
        foreach (var drift in outcome.Repaired.Where(drift => !isOldNews(drift)))
        {
            var gap = by.Gap(drift);
            Tell(
                GuardEvents.DriftRepaired,
                string.Create(CultureInfo.InvariantCulture, $"repaired {Text(drift)}; by {by.By(drift)}; {outcome.Elapsed.TotalMilliseconds:0.0} ms{(gap is { } length ? $", gap {(long)length.TotalMicroseconds} us" : "")}"),
                EventFields.Of(drift).By(by.By(drift)).Gap(gap));
        }

        // What is undone at once is a fight's business, which has its own lines.
        foreach (var drift in outcome.Remaining.Where(drift => !_remaining.Contains(drift) && !outcome.Undone.Contains(drift)))
        {
            Tell(GuardEvents.DriftRemains, $"drift {Text(drift)}; by {by.By(drift)}; not repaired", EventFields.Of(drift).By(by.By(drift)));
        }

        foreach (var failure in outcome.Failures.Where(failure => !_failures.Contains(failure)))
        {
            Tell(GuardEvents.RepairFailed, $"repair failed, will be tried again: {failure}", new EventFields().With(JournalField.Reason, failure));
        }

        _failures = [.. outcome.Failures];
        if (outcome.Undone.Count == 0)
        {
            Settle(outcome.Remaining);
        }

        SayWaiting(outcome.Waiting);
    }

    /// <summary>Docker answers, or does not any more.</summary>
    /// <param name="reason">Why it does not; null where it does.</param>
    public void Docker(string? reason)
    {
        if (reason is null)
        {
            Tell(GuardEvents.DockerReached, "Docker answers: rules follow its containers");
        }
        else
        {
            Tell(
                GuardEvents.DockerLost, $"Docker does not answer ({reason}): what was denied stays denied, and what was known of its containers stays in force until it does",
                new EventFields().With(JournalField.Reason, reason));
        }
    }

    /// <summary>What Docker has made is known anew: what does not fit the configuration is said.</summary>
    public void Topology(Preparation preparation)
    {
        HashSet<string> warnings = [.. preparation.DockerWarnings()];
        Warn([.. warnings.Where(warning => !_dockerWarnings.Contains(warning))]);
        _dockerWarnings = warnings;
    }

    /// <summary>Rules have followed the containers, or all that is guarded another configuration.</summary>
    public void Followed(IReadOnlyList<Drift> followed, bool isOtherConfig)
    {
        if (followed.Count == 0)
        {
            return;
        }

        var isGone = followed.ToLookup(drift => drift.Kind is DriftKind.Stale or DriftKind.Duplicate or DriftKind.Foreign);
        var (gone, come) = (Names(isGone[true]), Names(isGone[false]));
        var what = string.Join("; ", new[] { come.Length > 0 ? $"in force: {come}" : "", gone.Length > 0 ? $"gone: {gone}" : "" }.Where(t => t.Length > 0));
        if (isOtherConfig)
        {
            Tell(GuardEvents.ConfigurationFollowed, $"configuration followed: {what}");
        }
        else
        {
            Tell(GuardEvents.ContainersFollowed, $"containers changed: {what}");
        }

        static string Names(IEnumerable<Drift> drifts)
        {
            var names = drifts.Select(Name).Distinct().ToList();
            return string.Join(", ", names.Take(MaxNames)) + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
        }

        static string Name(Drift drift) => drift switch
        {
            { Rule: { } rule } => rule,
            { Sysctl: { } key } => $"{key} = {drift.Expected}",
            { Kind: DriftKind.Policy } => $"{drift.Chain} {drift.Expected}",
            { Kind: DriftKind.ChainMissing } => $"the chain {drift.Chain}",
            { Kind: DriftKind.Unreachable } => $"the way to {drift.Chain}",
            _ => drift.Actual ?? drift.Expected ?? "",
        };
    }

    /// <summary>Events were lost; a full check follows. Said once until a quiet minute has passed.</summary>
    public void EventsLost(string why)
    {
        if (!_lossSaid.IsDue())
        {
            log.Debug("events lost again: {Why}", why);
            return;
        }

        Tell(GuardEvents.EventsLost, $"the kernel's events were lost ({why}): checking everything", new EventFields().With(JournalField.Reason, why));
    }

    /// <summary>Events cannot be received.</summary>
    public void EventsUnavailable(string why)
    {
        if (_deafSaid.IsDue())
        {
            Tell(
                GuardEvents.EventsUnavailable, $"the kernel's events cannot be received ({why}): checking at intervals until they can",
                new EventFields().With(JournalField.Reason, why));
        }
    }

    /// <summary>A wake has been answered: what for, and with how many programs.</summary>
    public void Answered(Wake wake, string scope, long programs, GuardState state) => log.Debug(
        "answered {Triggers} ({Changes} changes) with {Scope}: {Programs} programs; {Checks} checks so far",
        wake.Triggers.ToString(), wake.Changes.Count, scope, programs, state.Checks);

    /// <summary>The same thing is undone again and again, or is no longer.</summary>
    public void Contention(IReadOnlyList<ContentionNews> news, Func<Contended, Culprit>? by = null)
    {
        foreach (var one in news)
        {
            var fields = new EventFields().About(one.About.Family, one.About.Chain, one.About.Sysctl)
                .With(JournalField.Rounds, one.Rounds.ToString(CultureInfo.InvariantCulture));
            if (one.IsOver)
            {
                Tell(GuardEvents.ContentionOver, $"contention over: {one.About} is left alone again, after {one.Rounds} repairs", fields);
            }
            else
            {
                var culprit = by?.Invoke(one.About) ?? Culprit.Unknown;
                Tell(
                    GuardEvents.ContentionBegan,
                    $"contention: {one.About} was undone {one.Rounds} times in a row; by {culprit}; where a program undoes each repair at once, the next ones come ever more slowly, one in {DurationText.Of(Daemon.Contention.Ceiling)} at the least",
                    fields.By(culprit));
            }
        }
    }

    /// <summary>Connections were cut that had been opened in a gap, or had to be left.</summary>
    public void ConnectionsCut(Drift back, IReadOnlyList<Connection> cut, int undecided)
    {
        var fields = EventFields.Of(back);
        if (undecided > 0 && _leftSaid.IsDue())
        {
            Tell(
                GuardEvents.ConnectionsLeft,
                $"{undecided} {back.Family?.Name()} connections may have been opened while {DriftText.Place(back)} was missing: their conntrack entries do not tell, and they are left alone",
                fields.Count(undecided));
        }

        if (cut.Count > 0)
        {
            Tell(
                GuardEvents.ConnectionsCut,
                $"cut {cut.Count} connections, opened while {DriftText.Place(back)} was missing: {string.Join(", ", cut.Take(3))}{(cut.Count > 3 ? ", ..." : "")}",
                EventFields.Of(back).Count(cut.Count));
        }
    }

    /// <summary>What is opened while a rule is missing cannot be told by the connections' entries.</summary>
    public void ConnectionsUndecidable(Family family, Rule rule, string option) => Tell(
        GuardEvents.ConnectionsUndecidable,
        $"{family.Name()} {rule.Body}: {option} cannot be told from a conntrack entry: what is opened while the rule is missing will not be cut",
        new EventFields().About(family, null, null).With(JournalField.Expected, rule.Body).With(JournalField.Reason, option));

    /// <summary>Connections cannot be told from older ones at all.</summary>
    public void ConnectionsUnreadable(string why)
    {
        if (_connectionsSaid.IsDue())
        {
            Tell(
                GuardEvents.ConnectionsUnreadable, $"what is opened while a rule is missing is not cut: {why}",
                new EventFields().With(JournalField.Reason, why));
        }
    }

    /// <summary>What of Docker's is remembered, for the first time.</summary>
    public void HealKnows(Family family, ValueList<RememberedChain> good, Topology topology, bool hasOwnTables)
    {
        var count = good.Sum(chain => chain.Dockers);
        if (count > 0)
        {
            Tell(
                GuardEvents.HealKnows, $"{family.Name()}: {count} rules of Docker's in {good.Count} chains are remembered, and put back when others remove them",
                new EventFields().About(family, null, null).Count(count));
        }
        else if (hasOwnTables)
        {
            Tell(
                GuardEvents.HealBlind, $"{family.Name()}: Docker keeps its rules in nftables tables of its own (docker-bridges), which are not healed",
                new EventFields().About(family, null, null));
        }
        else if (family == Family.Ipv4 && topology.Containers.Count > 0)
        {
            Tell(
                GuardEvents.HealBlind,
                $"{family.Name()}: {topology.Containers.Count} containers run, and Docker's rules are missing: they were removed before NetGuard could see them. Docker makes them anew when it is restarted",
                new EventFields().About(family, null, null));
        }
    }

    /// <summary>Docker has changed its rules. Those in its own chains that are not its own, as far as can be told, are said once each.</summary>
    public void HealLearned(Family family, ValueList<RememberedChain> good)
    {
        log.Debug("{Family}: {Count} rules of Docker's are remembered", family.Name(), good.Sum(chain => chain.Dockers));
        if (good.Any(chain => chain.Rules.Any(rule => rule.Rule.Target == "DOCKER-INGRESS")) && _ingressSaid.Add(family))
        {
            Tell(
                GuardEvents.HealBlind, $"{family.Name()}: the rules of swarm's ingress (DOCKER-INGRESS) are not healed: the engine does not report what they are about",
                new EventFields().About(family, null, null));
        }

        foreach (var chain in good.Where(chain => DockersRules.OwnChains.Contains(chain.Key) && chain.Key != ChainKey.DockerUser))
        {
            foreach (var rule in chain.Rules.Where(rule => rule.Claim is null && !rule.Rule.IsOwned && _unknownSaid.Count < MaxUnknown && _unknownSaid.Add((family, chain.Key, rule.Rule))))
            {
                Tell(
                    GuardEvents.HealUnknownRule, $"{family.Name()} {chain.Key}: {rule.Rule.Text}: not known as Docker's; it is not put back when it is removed",
                    new EventFields().About(family, chain.Key, null).With(JournalField.Actual, rule.Rule.Text));
            }
        }
    }

    /// <summary>Rules of Docker's were put back.</summary>
    public void Healed(HealPlan plan, Culprit by, TimeSpan took, TimeSpan? gap) => Tell(
        GuardEvents.Healed,
        string.Create(CultureInfo.InvariantCulture, $"healed {plan.Family.Name()}: {plan.Count} rules of Docker's put back in {Chains(plan)}; by {by}; {took.TotalMilliseconds:0.0} ms{(gap is { } length ? $", gap {(long)length.TotalMicroseconds} us" : "")}"),
        new EventFields().About(plan.Family, plan.Chains.Count == 1 ? plan.Chains[0].Chain.Key : null, null).Count(plan.Count).By(by).Gap(gap));

    /// <summary>Rules of Docker's are missing, and nothing is to be changed.</summary>
    public void HealHeld(HealPlan plan, Culprit by, string why) => Tell(
        GuardEvents.HealHeld, $"{plan.Family.Name()}: {plan.Count} rules of Docker's are missing in {Chains(plan)}; by {by}; not put back: {why}",
        new EventFields().About(plan.Family, null, null).Count(plan.Count).By(by));

    /// <summary>Rules of Docker's are missing that are about a container which has just changed its networks, and nobody was seen to take them away.</summary>
    public void HealLeaves(Family family, int count) => Tell(
        GuardEvents.HealHeld, $"{family.Name()}: {count} rules of Docker's are missing; not put back: a container that they are about has just changed its networks, and Docker's rules follow that",
        new EventFields().About(family, null, null).Count(count).By(Culprit.Unknown));

    /// <summary>Rules that were put back are taken out again: what they were about is gone.</summary>
    public void HealRetracted(Family family, int count) => Tell(
        GuardEvents.HealRetracted, $"{family.Name()}: {count} rules of Docker's that had been put back are taken out again: Docker does not report any more what they are about",
        new EventFields().About(family, null, null).Count(count));

    /// <summary>Somebody is at Docker's rules while Docker does not answer.</summary>
    public void HealWaits()
    {
        if (_healWaits.IsDue())
        {
            Tell(GuardEvents.HealWaits, "Docker's rules were changed while Docker does not answer: they are left alone until it does");
        }
    }

    /// <summary>Docker's rules could not be read or put back.</summary>
    public void HealFailed(Family family, string why, bool isNew)
    {
        if (isNew)
        {
            Tell(
                GuardEvents.HealFailed, $"{family.Name()}: Docker's rules are not healed, will be tried again: {why}",
                new EventFields().About(family, null, null).With(JournalField.Reason, why));
        }
    }

    private static string Chains(HealPlan plan) => string.Join(", ", plan.Chains.Select(chain => chain.Chain.Key.ToString()));

    /// <summary>A check could not be done at all.</summary>
    public void CheckFailed(Exception e)
    {
        if (_failures.Add(e.Message))
        {
            Tell(GuardEvents.CheckFailed, $"check failed, will be tried again: {e.Message}", new EventFields().With(JournalField.Reason, e.Message));
        }

        log.Debug(e, "check failed");
    }

    /// <summary>The file of metrics cannot be written. Said once, until it can be.</summary>
    public void MetricsUnwritten(string path, string why) => Tell(
        GuardEvents.MetricsUnwritten, $"the metrics cannot be written to {path} ({why}): guarding goes on without them",
        new EventFields().With(JournalField.Reason, why));

    /// <summary>The file of metrics can be written again.</summary>
    public void MetricsWritten(string path) => Tell(GuardEvents.MetricsWritten, $"the metrics are written to {path} again");

    private static string Text(Drift drift) => $"{drift.Kind.Name()}: {DriftText.Place(drift)}: {DriftText.What(drift)}";

    private static string Declared(Preparation preparation) => $"{preparation.Config.Chains.Count} chains and {preparation.Config.Sysctls.Count} settings declared";

    private static EventFields Fields(ConfigMistake mistake) => new EventFields().With(JournalField.At, mistake.At.ToString()).With(JournalField.Reason, mistake.Message);

    private void Settle(ValueList<Drift> remaining)
    {
        if (_remaining.Count > 0 && remaining.Count == 0)
        {
            Tell(GuardEvents.InSync, "in sync again");
        }

        _remaining = [.. remaining];
    }

    private void SayWaiting(ValueList<Waiting> waiting)
    {
        foreach (var one in waiting.Where(one => !_waiting.Contains(one)))
        {
            Tell(GuardEvents.Waiting, $"waiting: {WaitingText.Of(one)}", Fields(one));
        }

        foreach (var one in _waiting.Where(one => !waiting.Contains(one)))
        {
            Tell(GuardEvents.WaitingOver, $"no longer waiting: {WaitingText.Of(one)}", Fields(one));
        }

        _waiting = [.. waiting];

        static EventFields Fields(Waiting one) => new EventFields().About(one.Family, one.Chain, null).With(JournalField.Rule, one.Rule);
    }

    private void Warn(ValueList<string> warnings)
    {
        foreach (var warning in warnings)
        {
            Tell(GuardEvents.ConfigWarning, warning);
        }
    }

    private void Tell(GuardEvent what, string line, EventFields? fields = null) =>
        log.ForContext(new Properties(what, fields)).Write(
            what.Severity switch { Severity.Error => LogEventLevel.Error, Severity.Warning => LogEventLevel.Warning, _ => LogEventLevel.Information },
            "{Line}", line);

    // Serilog's properties bear the journal's names, so that the sink needs no list of them.
    private sealed class Properties(GuardEvent what, EventFields? fields) : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            logEvent.AddOrUpdateProperty(new(JournalField.MessageId, new ScalarValue(what.MessageId)));
            logEvent.AddOrUpdateProperty(new(JournalField.Event, new ScalarValue(what.Name)));
            foreach (var (name, value) in fields ?? [])
            {
                logEvent.AddOrUpdateProperty(new(name, new ScalarValue(value)));
            }
        }
    }
}
