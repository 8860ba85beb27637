using Microsoft.Extensions.Hosting;
using NetGuard.ConfigFiles;
using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>The daemon: a check whenever there is a reason for one, and every interval without.</summary>
public sealed class GuardWorker(
    Preparation preparation, string configPath, Launcher launcher, SysctlGuard settings, TriggerQueue queue, IEnumerable<ITriggerSource> sources,
    KernelEvents events, TimeProvider time, GuardLog log, GuardState state, Pause pause, GuardControl control) : BackgroundService
{
    // Against our own mistakes and what the kernel does not tell: the tools read everything, however quiet it is.
    private static readonly TimeSpan FullCheckInterval = TimeSpan.FromHours(1);

    private readonly List<IDisposable> _subscriptions = [];
    private readonly IdleMemory _memory = new();
    private readonly Contention _contention = new(time);
    private Preparation _preparation = preparation;
    private WatchedXtables? _watched;
    private WatchScope _scope = WatchScope.Everything;
    private IReadOnlyDictionary<ChainKey, ulong>?[] _legacyWhenWeighed = [];
    private Outcome _lastRules = new([], [], [], []);
    private Assessment _lastAssessed = new([], [], [], new([]));
    private long _fullCheckAt;
    private int _failures;

    /// <summary>Enforces for the first time; the service is ready when this is done.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.Add(events.Subscribe(queue));
        _subscriptions.AddRange(sources.Select(source => source.Subscribe(queue)));
        log.Starting(_preparation);
        control.Start();
        state.Guards(_preparation, configPath);
        _legacyWhenWeighed = ReadLegacy();
        await RoundAsync(new(Triggers.Start, []), cancellationToken).ConfigureAwait(false);
        log.Guarding(_preparation);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops, and leaves the rules in place.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        control.Stop();
        _subscriptions.ForEach(subscription => subscription.Dispose());
        log.Stopped();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // Behind a check, never before one: nothing that has drifted waits for it.
            _memory.GiveBack();
            var wake = await queue.NextAsync(NextCheck(), stoppingToken).ConfigureAwait(false);
            var asked = control.Take();
            if (wake.Has(Triggers.Reload))
            {
                await ReloadAsync(asked, stoppingToken).ConfigureAwait(false);
            }
            else if (HoldBack(wake) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, stoppingToken).ConfigureAwait(false);
            }

            var before = state.Repairs;
            await RoundAsync(wake, stoppingToken).ConfigureAwait(false);
            asked.Reconciled(state.Report(before));
        }
    }

    // Only where nothing but what is fought over has changed: everything else is put right at once.
    private TimeSpan HoldBack(Wake wake)
    {
        var over = _contention.Quieten();
        log.Contention(over);
        state.Contention(over);
        var fought = _contention.Fought.Select(about => (Wait: _contention.WaitFor(about), Drift: about.Sample)).ToList();
        var waits = wake.Changes.Where(change => !launcher.Own.Contains(change.Pid))
            .Select(change => fought.Where(f => change.LegacyRun || change.MayHaveCaused(f.Drift)).Select(f => f.Wait).DefaultIfEmpty().Max()).ToList();
        return fought.Count == 0 || waits.Count == 0 || wake.Has(Triggers.Interval | Triggers.Lost) ? TimeSpan.Zero : waits.Min();
    }

    // While something cannot be repaired it is tried again sooner than the interval asks, ever more slowly.
    private TimeSpan NextCheck()
    {
        var retry = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures, 16)));
        return _failures > 0 && retry < _preparation.Config.Interval ? retry : _preparation.Config.Interval;
    }

    private async Task ReloadAsync(GuardControl.Requests asked, CancellationToken cancel)
    {
        try
        {
            var (config, mistakes) = ConfigDirectory.Load(configPath);
            var next = config is null ? null : await Preparation.MakeAsync(launcher, config, cancel).ConfigureAwait(false);
            mistakes = next?.Mistakes ?? mistakes;
            if (next is null || mistakes.Count > 0)
            {
                log.ReloadRefused(mistakes);
                asked.ReloadRefused(mistakes);
                return;
            }

            _preparation = next;
            state.Guards(next, configPath);
            log.Reloaded(next);
            asked.Reloaded(next.Warnings);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.ReloadFailed(e);
            asked.ReloadFailed(e.Message);
        }
    }

    private async Task RoundAsync(Wake wake, CancellationToken cancel)
    {
        var started = launcher.Started;
        try
        {
            var former = !wake.Has(Triggers.Start) && MayHaveMoved(wake) ? await FollowBackendAsync(cancel).ConfigureAwait(false) : null;
            if (_watched?.Inner != _preparation.Choice.Xtables)
            {
                _watched = new(_preparation.Choice.Xtables, _preparation.Choice.Backend, events.ReadGeneration);
            }

            var changes = wake.Changes.Where(change => !launcher.Own.Contains(change.Pid)).Select(WithTouches).ToList();
            var due = former is not null || AllIsDue(wake) ? Guarded() : Touched(changes);
            var rules = due.Count > 0;
            if (!rules && wake.Triggers == Triggers.Legacy)
            {
                return; // Somebody looked at iptables-legacy, or did something there that is none of our business.
            }

            var fruitless = _preparation.Config.Mode == GuardMode.Audit || pause.IsActive
                ? await AssessAsync(rules, changes, cancel).ConfigureAwait(false)
                : await ReconcileAsync(due, changes, cancel).ConfigureAwait(false);
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
                await Clearing.RunAsync(former, _preparation.Config.Families, new HashSet<ChainKey>(), cancel).ConfigureAwait(false);
            }

            log.Answered(wake, rules ? "rules and settings" : "settings", launcher.Started - started, state);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failures++;
            queue.Answered(fruitless: true);
            state.Failed(e.Message);
            log.CheckFailed(e);
        }
    }

    private async Task<bool> ReconcileAsync(List<Family> due, List<KernelChange> changes, CancellationToken cancel)
    {
        Outcome outcome;
        if (due.Count > 0)
        {
            var reconciler = new Reconciler(_watched!, settings, time);
            var desired = _preparation.Desired with { Rulesets = [.. _preparation.Desired.Rulesets.Where(ruleset => due.Contains(ruleset.Family))] };
            outcome = await reconciler.ReconcileAsync(desired, cancel).ConfigureAwait(false);
            if (desired.Rulesets.Count == _preparation.Desired.Rulesets.Count)
            {
                _fullCheckAt = time.GetTimestamp();
            }
            else
            {
                // Nothing of the other family was left to do, or it would be due as well.
                outcome = outcome with { Waiting = [.. outcome.Waiting, .. _lastRules.Waiting.Where(waiting => !due.Contains(waiting.Family))] };
            }

            _lastRules = outcome with { Remaining = [.. outcome.Remaining.Where(drift => drift.Sysctl is null)] };
        }
        else
        {
            var start = time.GetTimestamp();
            var one = settings.Repair(_preparation.Desired.Sysctls);
            outcome = new Outcome([], _lastRules.Remaining, _lastRules.Waiting, _lastRules.Failures).With(one) with { Elapsed = time.GetElapsedTime(start) };
        }

        _failures = outcome.Failures.Count > 0 ? _failures + 1 : 0;
        // What came meanwhile may be our own, where the kernel does not say whose it is.
        var by = new Attributions(
            [.. changes, .. queue.Pending().Where(change => change.Generation != 0 && !launcher.Own.Contains(change.Pid))],
            outcome.Repaired.Count > 0 ? await MendedAtAsync(outcome, cancel).ConfigureAwait(false) : null, time);
        foreach (var drift in outcome.Repaired)
        {
            state.Repaired(by.By(drift), by.Gap(drift));
        }

        state.Settled(outcome.Repaired, outcome.Remaining, outcome.Waiting, outcome.Failures, by);
        var began = _contention.Repaired(outcome.Repaired);
        log.Reconciled(outcome, by, _contention.IsOldNews);
        log.Contention(began, about => by.By(outcome.Repaired.First(drift => Contended.Of(drift) == about)).ToString());
        state.Contention(began, about => by.By(outcome.Repaired.First(drift => Contended.Of(drift) == about)).ToString());
        return outcome.Repaired.Count == 0;
    }

    private async Task<bool> AssessAsync(bool rules, List<KernelChange> changes, CancellationToken cancel)
    {
        Assessment assessment;
        if (rules)
        {
            assessment = await new Reconciler(_watched!, settings, time).AssessAsync(_preparation.Desired, cancel).ConfigureAwait(false);
            _fullCheckAt = time.GetTimestamp();
            _lastAssessed = assessment;
        }
        else
        {
            var (drifts, plan) = settings.Assess(_preparation.Desired.Sysctls);
            assessment = _lastAssessed with { Drifts = [.. _lastAssessed.Drifts.Where(drift => drift.Sysctl is null), .. drifts], Sysctls = plan };
        }

        _failures = 0;
        var by = new Attributions([.. changes, .. queue.Pending()], null, time);
        state.Settled([], assessment.Drifts, assessment.Waiting, [], by);
        log.Assessed(assessment, by, pause.IsActive ? "paused" : "audit mode");
        return true;
    }

    // The commit that mended is told by the kernel as well; its notification may be a moment behind the tool's exit. Settings, and
    // iptables-legacy, have none with our name in it: there the repair is over now at the latest.
    private async Task<long> MendedAtAsync(Outcome outcome, CancellationToken cancel)
    {
        if (_preparation.Choice.Backend != Backend.Nft || outcome.Repaired.All(drift => drift.Sysctl is not null) || events.ReadGeneration() is not { } generation)
        {
            return time.GetTimestamp();
        }

        for (var i = 0; i < 10 && unchecked((int)(events.Generation - generation)) < 0; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancel).ConfigureAwait(false);
        }

        return events.OwnCommitAt is > 0 and var at && time.GetElapsedTime(at) < outcome.Elapsed + TimeSpan.FromSeconds(1) ? at : time.GetTimestamp();
    }

    private bool AllIsDue(Wake wake) =>
        wake.Has(Triggers.Start | Triggers.Reload | Triggers.Lost | Triggers.Asked)
        || _failures > 0
        || _lastRules.Remaining.Count > 0
        || wake.Has(Triggers.Interval) && MayHaveChangedUnseen();

    private List<Family> Guarded() => [.. _preparation.Desired.Rulesets.Select(ruleset => ruleset.Family)];

    private List<Family> Touched(List<KernelChange> changes) =>
    [
        .. changes.SelectMany(change => change.Touches.Where(touch => change.Generation == 0 || !_watched!.Covers(touch.Family, change.Generation)))
            .Select(touch => touch.Family).Distinct(),
    ];

    // The backstop. That the kernel's generation is the one that was told last means that no commit has gone unnoticed, and each was judged.
    private bool MayHaveChangedUnseen() =>
        time.GetElapsedTime(_fullCheckAt) >= FullCheckInterval
        || (_preparation.Choice.Backend == Backend.Nft
            ? events.IsDeaf || events.ReadGeneration() is not { } generation || generation != events.Generation
            : Guarded().Any(family => _watched!.ChangedSince(family) is not { } changed || changed.Any(chain => Watched(family, chain))));

    // A run of iptables-legacy says nothing of what it did: the tables themselves do.
    private KernelChange WithTouches(KernelChange change)
    {
        if (!change.LegacyRun || _preparation.Choice.Backend != Backend.Legacy)
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
        _scope = WatchScope.Of(_preparation.Desired, _watched!.Last);
        var isNft = _preparation.Choice.Backend == Backend.Nft;
        events.Watch(
            isNft ? _scope : _preparation.Config.Backend is null ? WatchScope.DockerAppearing : WatchScope.Nothing,
            _preparation.Desired.Sysctls.Select(sysctl => sysctl.Key),
            isNft && _preparation.Config.Backend is not null ? null : _preparation.Choice.Backend);

        // A chain that has only now come to matter may have changed since it was read, and nobody listened.
        if (isNft && !former.Includes(_scope) && (events.ReadGeneration() is not { } now || _preparation.Desired.Rulesets.Any(r => !_watched.Covers(r.Family, now))))
        {
            queue.Post(Triggers.Lost);
        }
    }

    // Weighing the two variants takes the tools of both. It is done where the one that is not guarded has changed.
    private bool MayHaveMoved(Wake wake)
    {
        if (_preparation.Config.Backend is not null || !wake.Has(Triggers.Reload | Triggers.Lost | Triggers.Legacy | Triggers.Interval | Triggers.Kernel))
        {
            return false;
        }

        if (_preparation.Choice.Backend == Backend.Legacy)
        {
            return wake.Has(Triggers.Lost | Triggers.Kernel) || wake.Has(Triggers.Interval) && time.GetElapsedTime(_fullCheckAt) >= FullCheckInterval;
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

    private static IReadOnlyDictionary<ChainKey, ulong>?[] ReadLegacy() => [.. Enum.GetValues<Family>().Select(LegacyDigests.Read)];

    // Docker, or an upgrade, may move to the other variant of iptables while we run.
    private async Task<IXtables?> FollowBackendAsync(CancellationToken cancel)
    {
        if (_preparation.Config.Backend is not null)
        {
            return null;
        }

        var choice = await BackendChoice.MakeAsync(launcher, null, cancel).ConfigureAwait(false);
        if (choice.Backend == _preparation.Choice.Backend)
        {
            return null;
        }

        var former = _preparation.Choice;
        var next = await Preparation.MakeAsync(choice, _preparation.Config, cancel).ConfigureAwait(false);
        log.BackendSwitched(former.Backend, choice.Backend, next.Mistakes);
        if (next.Mistakes.Count > 0)
        {
            return null;
        }

        _preparation = next;
        return former.Xtables;
    }
}
