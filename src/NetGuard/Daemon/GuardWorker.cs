using Microsoft.Extensions.Hosting;
using NetGuard.ConfigFiles;
using NetGuard.Core.Attribution;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Daemon;

/// <summary>The daemon: a check whenever there is a reason for one, and every interval without.</summary>
public sealed class GuardWorker(
    GuardRound round, GuardControl control, GuardState state, string configPath, Launcher launcher, TriggerQueue queue, IEnumerable<ITriggerSource> sources,
    KernelEvents events, DockerTriggers docker, GuardLog log, ServiceNotices manager, Telemetry telemetry, ReloadTrial trial, TimeProvider time) : BackgroundService
{
    private readonly List<IDisposable> _subscriptions = [];
    private readonly IdleMemory _memory = new();

    /// <summary>Enforces for the first time; the service is ready when this is done.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.Add(events.Subscribe(queue));
        _subscriptions.AddRange(sources.Select(source => source.Subscribe(queue)));
        log.Starting(round.Preparation);
        telemetry.WriteTo(round.Preparation.Config.Metrics?.Textfile);
        state.Guards(round.Preparation, configPath);
        control.Start();
        await docker.UseAsync(round.Preparation.Config.Docker).ConfigureAwait(false);
        await round.RunAsync(new(Triggers.Start, []), cancellationToken).ConfigureAwait(false);
        log.Guarding(round.Preparation);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
        manager.Status(state.Line);
        manager.Ready();
    }

    /// <summary>Stops, and leaves the rules in place.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        manager.Stopping();
        await base.StopAsync(cancellationToken).ConfigureAwait(false);

        // Nobody could confirm it any more.
        events.FirstAid.Hold();
        if (trial.Decide(TrialWord.RollBack) && await trial.EndAsync(CancellationToken.None).ConfigureAwait(false) is { } former)
        {
            round.Preparation = former;
            await round.RunAsync(new(Triggers.Asked | Triggers.Lost, []), CancellationToken.None).ConfigureAwait(false);
        }

        control.Stop();
        await docker.DisposeAsync().ConfigureAwait(false);
        _subscriptions.ForEach(subscription => subscription.Dispose());
        log.Stopped();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A thread of its own, which waits and checks: what a check does without a process needs no other.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(ended, stoppingToken)) { IsBackground = true, Name = "guard" }.Start();
        return ended.Task;
    }

    private void Run(TaskCompletionSource ended, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                AnswerAsync(HoldBack(NextWake(stop), stop), stop).GetAwaiter().GetResult();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, the host is to hear of it, and ends the service.
        catch (Exception e)
        {
            ended.SetException(e);
        }
#pragma warning restore CA1031
    }

    private async Task AnswerAsync(Wake wake, CancellationToken stop)
    {
        var asked = control.Take(wake);
        if (trial.IsUnderWay)
        {
            events.FirstAid.Hold(); // What is taken back must not be mended by it.
        }

        if (await trial.EndAsync(stop).ConfigureAwait(false) is { } former)
        {
            await EnforceAsync(former).ConfigureAwait(false);
            wake = wake.With(new(Triggers.Asked | Triggers.Lost, []));
        }

        var warnings = wake.Has(Triggers.Reload) ? await ReloadAsync(asked, stop).ConfigureAwait(false) : null;
        var before = state.Repairs;
        await round.RunAsync(wake, stop).ConfigureAwait(false);
        await trial.AppliedAsync(stop).ConfigureAwait(false);
        manager.Status(state.Line);
        if (wake.Has(Triggers.Reload))
        {
            manager.Ready();
        }

        if (warnings is { } told)
        {
            asked.Reloaded(told);
        }

        asked.Reconciled(state.Report(before));
    }

    // The manager's watchdog wants to hear of this loop more often than there may be something to do.
    private Wake NextWake(CancellationToken stop)
    {
        for (var left = NextCheck(); ;)
        {
            manager.Alive();
            if (_memory.IsOverdue)
            {
                _memory.GiveBack();
            }

            var isLittered = _memory.IsWorthwhile;
            var wait = manager.AliveEvery > TimeSpan.Zero && manager.AliveEvery < left ? manager.AliveEvery : left;
            wait = isLittered && IdleMemory.Lull < wait ? IdleMemory.Lull : wait;
            var wake = queue.Next(wait, stop);
            left -= wait;
            if (wake.Triggers != Triggers.Interval || left <= TimeSpan.Zero)
            {
                return wake;
            }

            if (isLittered)
            {
                _memory.GiveBack();
            }
        }
    }

    // What is fought over waits, and everything else is put right at once, also what comes while it waits.
    private Wake HoldBack(Wake wake, CancellationToken stop)
    {
        wake = wake.WithLastRun();
        var over = round.Contention.Quieten();
        log.Contention(over);
        state.Contention(over);
        while (HoldBack(wake) is var wait && wait > TimeSpan.Zero)
        {
            var more = queue.Next(wait, stop);
            if (more.Has(Triggers.Interval))
            {
                break;
            }

            wake = wake.With(more);
        }

        return wake;
    }

    private TimeSpan HoldBack(Wake wake)
    {
        var itsCommits = wake.Changes.Where(change => change.IsByFirewallDaemon).Select(change => change.ReceivedAt).ToList();
        var itsNext = itsCommits.Count == 0 ? TimeSpan.Zero : WaitForFirewallDaemon(itsCommits[0], itsCommits[^1]);
        var fought = round.Contention.Fought.Select(drift => (Wait: round.Contention.WaitFor(Contended.Of(drift)), Drift: drift)).ToList();
        var waits = wake.Changes.Where(change => !launcher.Own.Contains(change.Pid))
            .Select(change => fought.Where(f => change.LegacyRun || change.MayHaveCaused(f.Drift)).Select(f => f.Wait).Append(change.IsByFirewallDaemon ? itsNext : TimeSpan.Zero).Max()).ToList();
        return waits.Count == 0 || wake.Has(Triggers.Interval | Triggers.Lost | Triggers.Reload | Triggers.Asked) ? TimeSpan.Zero : waits.Min();
    }

    // The first and the last of its commits count.
    private TimeSpan WaitForFirewallDaemon(long first, long last)
    {
        var next = FirewallDaemon.Pause - time.GetElapsedTime(last);
        var longest = FirewallDaemon.Longest - time.GetElapsedTime(first);
        return next < longest ? next : longest;
    }

    // While something cannot be repaired it is tried again sooner than the interval asks, ever more slowly.
    private TimeSpan NextCheck()
    {
        var retry = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(round.Failures, 16)));
        return round.Failures > 0 && retry < round.Preparation.Config.Interval ? retry : round.Preparation.Config.Interval;
    }

    private async Task EnforceAsync(Preparation next)
    {
        round.Preparation = next;
        state.Guards(next, configPath);
        telemetry.WriteTo(next.Config.Metrics?.Textfile);
        await docker.UseAsync(next.Config.Docker).ConfigureAwait(false);
    }

    private async Task<ValueList<string>?> ReloadAsync(GuardControl.Requests asked, CancellationToken cancel)
    {
        manager.Reloading();
        try
        {
            if (trial.IsUnderWay)
            {
                throw new XtablesException(ReloadTrial.UnderWay);
            }

            var (config, mistakes) = ConfigDirectory.Load(configPath);
            var next = config is null ? null : await Preparation.MakeAsync(launcher, config, cancel).ConfigureAwait(false);
            mistakes = next?.Mistakes ?? mistakes;
            if (next is null || mistakes.Count > 0)
            {
                log.ReloadRefused(mistakes);
                asked.ReloadRefused(mistakes);
                return null;
            }

            if (asked.TryWithin is { } within)
            {
                await trial.BeginAsync(round.Preparation, next, within, cancel).ConfigureAwait(false);
            }

            log.Reloaded(next);
            await EnforceAsync(next).ConfigureAwait(false);
            return next.Warnings;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.ReloadFailed(e);
            asked.ReloadFailed(e.Message);
            return null;
        }
        finally
        {
            // With tools that hang this may have taken half of the watchdog's patience; a round follows.
            manager.Alive();
        }
    }
}
