using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using NetGuard.Netlink;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>One check after the other, each as small as its reason allows, and what is carried over from one to the next.</summary>
public sealed class GuardRound(
    Preparation preparation, Launcher launcher, SysctlGuard settings, InstanceLock only, TriggerQueue queue, KernelEvents events, DockerTriggers docker, TimeProvider time, GuardLog log, GuardState state,
    Pause pause, Telemetry telemetry, DockerHealing healing)
{
    // Against our own mistakes and what the kernel does not tell: the tools read everything, however quiet it is.
    private static readonly TimeSpan FullCheckInterval = TimeSpan.FromHours(1);

    // How long a network takes Docker at the most, with one tool for each rule.
    private static readonly TimeSpan DockersPace = TimeSpan.FromSeconds(5);

    private readonly BackendMoves _moves = new(launcher, () => events.Tables, log);
    private readonly LegacyBackstop _backstop = new(time);
    private readonly GapConnections _gaps = new(new ConntrackTable(), log, state);
    private WatchedXtables? _watched;
    private WatchScope _scope = WatchScope.Everything;
    private Outcome _lastRules = new([], [], [], []);
    private Preparation _followed = preparation;
    private long? _dockerSeenAt;
    private DaemonNote? _noted;
    private Assessment _lastAssessed = new([], [], [], new([]));
    private long _fullCheckAt;

    // What was to hold when it last did, and what has been wanted since, should not all of it have come about yet.
    private const int MostWanted = 8;
    private readonly List<DesiredState> _wanted = [preparation.Desired];

    /// <summary>What is to be enforced. Another one counts from the next round on.</summary>
    public Preparation Preparation { get; set; } = preparation;

    /// <summary>How many rounds in a row have failed, or left out what the kernel lacks.</summary>
    public int Failures { get; private set; }

    /// <summary>What is fought over.</summary>
    public Contention Contention { get; } = new(time);

    /// <summary>Checks what there is a reason to check, and puts it right or tells of it. Does not throw for what goes wrong: it is logged, and tried again.</summary>
    public async Task RunAsync(Wake wake, CancellationToken cancel)
    {
        var started = launcher.Started;
        var mended = events.FirstAid.End();
        try
        {
            var former = await FollowBackendAsync(wake, cancel).ConfigureAwait(false);
            Note();
            var following = Follow(docker.Topology);
            if (_watched?.Inner != Preparation.Choice.Xtables)
            {
                _watched = new(Preparation.Choice.Xtables, Preparation.Choice.Backend, events.Tables);
            }

            _watched.Desired = Preparation.Desired;
            var changes = wake.Changes.Where(change => !launcher.Own.Contains(change.Pid)).Select(WithTouches).ToList();

            // First: what NetGuard guards in Docker's chains finds its place among Docker's own rules.
            var healed = await healing.RunAsync(Preparation, wake, changes, pause.IsActive ? "paused" : null, cancel).ConfigureAwait(false);
            var whole = former is not null || AllIsDue(wake);
            var due = whole ? Guarded() : [.. Touched(changes).Union(following?.Families ?? []).Union(mended.Select(drift => drift.Family!.Value)).Union(healed)];
            if (whole)
            {
                _watched.ReadWhole();
                _fullCheckAt = time.GetTimestamp();
            }

            var rules = due.Count > 0;
            if (!rules && (wake.Triggers & ~(Triggers.Legacy | Triggers.Docker)) == 0)
            {
                return; // Somebody looked at iptables-legacy, or did something there that is none of our business; or no rule depends on the container.
            }

            var fruitless = Preparation.Config.Mode == GuardMode.Audit || pause.IsActive
                ? await AssessAsync(rules, changes, cancel).ConfigureAwait(false)
                : await ReconcileAsync(due, changes, mended, wake.Has(Triggers.Start | Triggers.Reload), following, healed, cancel).ConfigureAwait(false);
            if (rules)
            {
                state.Checked();
            }

            queue.Answered(fruitless && launcher.Started > started);
            if (rules)
            {
                WatchWhatMatters();
            }

            if (former is not null)
            {
                // Only now: what was guarded there is guarded here.
                await Clearing.RunAsync(former, Preparation.Config.Families, new HashSet<ChainKey>(), cancel).ConfigureAwait(false);
            }

            telemetry.Checked(wake.Triggers, done: true, Contention.Fought.Count(), state);
            log.Answered(wake, rules ? "rules and settings" : "settings", launcher.Started - started, state);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failures++;
            queue.Answered(fruitless: true);
            state.Failed(e.Message);
            telemetry.Checked(wake.Triggers, done: false, Contention.Fought.Count(), state);
            log.CheckFailed(e);
        }
        finally
        {
            if (AllIsWell && _watched is not null)
            {
                events.FirstAid.Begin(_watched);
            }
            else
            {
                events.FirstAid.Hold();
            }
        }
    }

    // What is to hold follows the containers. What a round that failed has left to do still follows from them in the next.
    private Following? Follow(Topology topology)
    {
        if (topology != Preparation.Topology)
        {
            Preparation = Preparation.For(topology);
            log.Topology(Preparation);
        }

        if (_wanted.Count == 1 && ReferenceEquals(_wanted[0], Preparation.Desired))
        {
            return null;
        }

        var following = new Following([.. _wanted], Preparation.Desired);
        if (!ReferenceEquals(_wanted[^1], Preparation.Desired))
        {
            _wanted.RemoveRange(1, Math.Max(0, _wanted.Count - MostWanted));
            _wanted.Add(Preparation.Desired);
        }

        return following;
    }

    private void InForce()
    {
        _followed = Preparation;
        _wanted.Clear();
        _wanted.Add(Preparation.Desired);
    }

    // The tables in which the rules have been so far; null where they are still there.
    private async Task<IXtables?> FollowBackendAsync(Wake wake, CancellationToken cancel)
    {
        // To follow means to take the rules along: not during a pause.
        if (pause.IsActive)
        {
            return null;
        }

        var former = Preparation.Choice.Xtables;
        var isOverdue = time.GetElapsedTime(_fullCheckAt) >= FullCheckInterval;
        if (await _moves.FollowAsync(Preparation, wake, isOverdue, cancel).ConfigureAwait(false) is not { } next)
        {
            return null;
        }

        Preparation = next;
        state.Guards(next);
        return former;
    }

    private void Note()
    {
        var note = new DaemonNote(Preparation.Choice.Backend, Preparation.Config.Mode);
        if (note != _noted)
        {
            _noted = note;
            try
            {
                only.Note(note);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The commands then find out for themselves; the guarding goes on.
            }
        }
    }

    private async Task<bool> ReconcileAsync(
        List<Family> due, List<KernelChange> changes, IReadOnlySet<Drift> mended, bool isOwnDoing, Following? following, IReadOnlyList<Family> healed, CancellationToken cancel)
    {
        Outcome outcome;
        if (due.Count > 0)
        {
            var reconciler = new Reconciler(_watched!, settings, time, IsUndone);
            var desired = Preparation.Desired with { Rulesets = [.. Preparation.Desired.Rulesets.Where(ruleset => due.Contains(ruleset.Family))] };
            outcome = await reconciler.ReconcileAsync(desired, mended, cancel).ConfigureAwait(false);
            // Nothing of the other family was left to do, or it would be due as well.
            outcome = outcome with { Waiting = [.. outcome.Waiting, .. _lastRules.Waiting.Where(waiting => !due.Contains(waiting.Family))] };
            _lastRules = outcome with { Repaired = [], Undone = [], Remaining = [.. outcome.Remaining.Where(drift => drift.Sysctl is null)] };
        }
        else
        {
            var start = time.GetTimestamp();
            var one = settings.Repair(Preparation.Desired.Sysctls);
            outcome = new Outcome([], _lastRules.Remaining, _lastRules.Waiting, _lastRules.Failures).With(one) with { Elapsed = time.GetElapsedTime(start) };
        }

        if (following is not null)
        {
            log.Followed([.. outcome.Repaired.Where(following.Explains)], isOtherConfig: _followed.Config != Preparation.Config);
            outcome = outcome with { Repaired = [.. outcome.Repaired.Where(drift => !following.Explains(drift))] };
        }

        // Behind Docker's own jump to DOCKER-USER, which is back, NetGuard's is one too many.
        outcome = outcome with
        {
            Repaired = [.. outcome.Repaired.Where(drift => drift.Kind is not (DriftKind.Stale or DriftKind.Duplicate) || drift.Rule != DesiredRule.ReachDockerUser.Name || !healed.Contains(drift.Family!.Value))],
        };
        if (outcome.Failures.Count == 0 && !outcome.Remaining.Concat(outcome.Undone).Any(drift => following?.Explains(drift) == true))
        {
            InForce();
        }

        // What the kernel lacks, such as a rule's ipset, may be there in a moment, and nobody tells.
        Failures = outcome.Failures.Count > 0 || outcome.Remaining.Any(drift => drift is { Kind: DriftKind.Unavailable, Sysctl: null }) ? Failures + 1 : 0;
        // What came meanwhile may be our own, where the kernel does not say whose it is.
        var by = new Attributions(
            [.. changes, .. queue.Pending().Where(change => change.Generation != 0 && events.TellsOwn && !launcher.Own.Contains(change.Pid))],
            outcome.Repaired.Count > 0 ? await MendedAtAsync(outcome, cancel).ConfigureAwait(false) : null, time);
        foreach (var drift in outcome.Repaired)
        {
            state.Repaired(by.By(drift), by.Gap(drift));
        }

        state.Settled(outcome.Repaired, outcome.Remaining, outcome.Waiting, outcome.Failures, by);
        List<Drift> putRight = isOwnDoing ? [] : [.. outcome.Repaired, .. outcome.Undone];
        _dockerSeenAt = by.DockerSeenAt ?? _dockerSeenAt;
        // Docker makes a network's rules one by one at the top of FORWARD, and its jump to DOCKER-USER last: that it overtakes NetGuard's is no fight.
        var began = Contention.Repaired(
            putRight.Where(drift => !(IsWayToDockerUser(drift) && IsDockersDoing(drift))), outcome.Elapsed, drift => changes.Where(change => change.MayHaveCaused(drift)).Select(change => (long?)change.ReceivedAt).Min());
        log.Reconciled(outcome, by, drift => Contention.IsOldNews(drift, by.By(drift).Name));
        telemetry.Reconciled(outcome, by);
        if (due.Count > 0)
        {
            // Connections are looked at behind a repair that stands: what breaks meanwhile need not wait for that.
            if (AllIsWell)
            {
                events.FirstAid.Begin(_watched!);
            }

            await _gaps.SettleAsync(outcome, Preparation.Desired, _watched!.Last, _watched.Inner, cancel).ConfigureAwait(false);
        }

        log.Contention(began, about => by.By(putRight.First(drift => Contended.Of(drift) == about)));
        state.Contention(began, about => by.By(putRight.First(drift => Contended.Of(drift) == about)).ToString());
        return putRight.Count == 0;

        // Some of Docker's tools have ended before they are looked at.
        bool IsDockersDoing(Drift drift) => by.AuthorOf(drift) switch
        {
            Author.Docker => true,
            Author.Unknown => _dockerSeenAt is { } at && time.GetElapsedTime(at) < DockersPace,
            _ => false,
        };
    }

    private static bool IsWayToDockerUser(Drift drift) => drift.Rule == DesiredRule.ReachDockerUser.Name || (drift.Kind == DriftKind.Unreachable && drift.Chain == ChainKey.DockerUser);

    private async Task<bool> AssessAsync(bool rules, List<KernelChange> changes, CancellationToken cancel)
    {
        Assessment assessment;
        if (rules)
        {
            assessment = await new Reconciler(_watched!, settings, time).AssessAsync(Preparation.Desired, cancel).ConfigureAwait(false);
            _lastAssessed = assessment;
        }
        else
        {
            var (drifts, plan) = settings.Assess(Preparation.Desired.Sysctls);
            assessment = _lastAssessed with { Drifts = [.. _lastAssessed.Drifts.Where(drift => drift.Sysctl is null), .. drifts], Sysctls = plan };
        }

        Failures = 0;
        InForce();
        var by = new Attributions([.. changes, .. queue.Pending()], null, time);
        state.Settled([], assessment.Drifts, assessment.Waiting, [], by);
        telemetry.Assessed(assessment, by);
        log.Assessed(assessment, by, pause.IsActive ? "paused" : "audit mode");
        return true;
    }

    // The commit that mended is told by the kernel as well; its notification may be a moment behind the tool's exit. Settings, and
    // iptables-legacy, have none with our name in it: there the repair is over now at the latest.
    private async Task<long> MendedAtAsync(Outcome outcome, CancellationToken cancel)
    {
        if (Preparation.Choice.Backend != Backend.Nft || outcome.Repaired.All(drift => drift.Sysctl is not null) || events.ReadGeneration() is not { } generation)
        {
            return time.GetTimestamp();
        }

        for (var i = 0; i < 10 && unchecked((int)(events.Generation - generation)) < 0; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancel).ConfigureAwait(false);
        }

        return events.OwnCommitAt is > 0 and var at && time.GetElapsedTime(at) < outcome.Elapsed + TimeSpan.FromSeconds(1) ? at : time.GetTimestamp();
    }

    // Somebody has written since our last commit, or since our last program, what would explain it.
    private bool IsUndone(Drift drift) => queue.Pending().Any(change =>
        events.TellsOwn && change.ReceivedAt > events.OwnCommitAt && change.Pid != 0 && !launcher.Own.Contains(change.Pid) && (change.LegacyRun || change.MayHaveCaused(drift)));

    // What is held back, or waits for Docker's own rules to come back first, is for a round to judge.
    private bool AllIsWell =>
        Preparation.Config.Mode == GuardMode.Enforce && !pause.IsActive && Failures == 0 && _lastRules.Remaining.Count == 0
        && Preparation.Config.Docker?.Heal != true && !Contention.HoldsBack;

    private bool AllIsDue(Wake wake) =>
        wake.Has(Triggers.Start | Triggers.Reload | Triggers.Lost | Triggers.Asked)
        || Failures > 0
        || _lastRules.Remaining.Count > 0
        || wake.Has(Triggers.Interval) && MayHaveChangedUnseen();

    private List<Family> Guarded() => [.. Preparation.Desired.Rulesets.Select(ruleset => ruleset.Family)];

    private List<Family> Touched(List<KernelChange> changes) =>
    [
        .. changes.SelectMany(change => change.Touches.Where(touch => change.Generation == 0 || !_watched!.Covers(touch.Family, change.Generation)))
            .Select(touch => touch.Family).Distinct(),
    ];

    // The backstop. That the kernel's generation is the one that was told last means that no commit has gone unnoticed, and each was judged.
    private bool MayHaveChangedUnseen() =>
        time.GetElapsedTime(_fullCheckAt) >= FullCheckInterval
        || (Preparation.Choice.Backend == Backend.Nft
            ? events.IsDeaf || events.ReadGeneration() is not { } generation || generation != events.Generation
            : Guarded().Any(family => _backstop.HasChanged(
                family, LegacyChains.ReadLayout(family), () => _watched!.ChangedSince(family) is not { } changed || changed.Any(chain => Watched(family, chain)))));

    // A run of iptables-legacy says nothing of what it did: the tables themselves do.
    private KernelChange WithTouches(KernelChange change)
    {
        if (!change.LegacyRun || Preparation.Choice.Backend != Backend.Legacy)
        {
            return change;
        }

        var touches = new List<ChainTouch>();
        foreach (var family in Guarded())
        {
            if (_watched!.ChangedSince(family) is { } changed)
            {
                touches.AddRange(changed.Where(chain => Watched(family, chain)).Select(chain => new ChainTouch(family, chain, TouchKinds.Unknown)));
            }
            else
            {
                touches.Add(new(family, null, TouchKinds.Unknown));
            }
        }

        return change.With(touches);
    }

    private bool Watched(Family family, ChainKey chain) => _scope.Mentions(family, chain);

    private void WatchWhatMatters()
    {
        var former = _scope;
        _scope = WatchScope.Of(Preparation.Desired, _watched!.Last);
        var isNft = Preparation.Choice.Backend == Backend.Nft;
        events.Watch(
            isNft ? _scope : Preparation.Config.Backend is null ? WatchScope.DockerAppearing : WatchScope.Nothing,
            Preparation.Desired.Sysctls.Select(sysctl => sysctl.Key),
            isNft && Preparation.Config.Backend is not null ? null : Preparation.Choice.Backend);

        // A chain that has only now come to matter may have changed since it was read, and nobody listened.
        if (isNft && !former.Includes(_scope) && (events.ReadGeneration() is not { } now || Preparation.Desired.Rulesets.Any(r => !_watched.Covers(r.Family, now))))
        {
            queue.Post(Triggers.Lost);
        }
    }
}
