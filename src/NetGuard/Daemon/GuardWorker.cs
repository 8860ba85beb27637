using Microsoft.Extensions.Hosting;
using NetGuard.ConfigFiles;
using NetGuard.Processes;

namespace NetGuard.Daemon;

/// <summary>The daemon: a check whenever there is a reason for one, and every interval without.</summary>
public sealed class GuardWorker(
    GuardRound round, string configPath, Launcher launcher, TriggerQueue queue, IEnumerable<ITriggerSource> sources,
    KernelEvents events, DockerTriggers docker, GuardLog log) : BackgroundService
{
    private readonly List<IDisposable> _subscriptions = [];
    private readonly IdleMemory _memory = new();

    /// <summary>Enforces for the first time; the service is ready when this is done.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.Add(events.Subscribe(queue));
        _subscriptions.AddRange(sources.Select(source => source.Subscribe(queue)));
        log.Starting(round.Preparation);
        await docker.UseAsync(round.Preparation.Config.Docker).ConfigureAwait(false);
        await round.RunAsync(new(Triggers.Start, []), cancellationToken).ConfigureAwait(false);
        log.Guarding(round.Preparation);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops, and leaves the rules in place.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await docker.DisposeAsync().ConfigureAwait(false);
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
            var wake = await HoldBackAsync(await queue.NextAsync(NextCheck(), stoppingToken).ConfigureAwait(false), stoppingToken).ConfigureAwait(false);
            if (wake.Has(Triggers.Reload))
            {
                await ReloadAsync(stoppingToken).ConfigureAwait(false);
            }

            await round.RunAsync(wake, stoppingToken).ConfigureAwait(false);
        }
    }

    // What is fought over waits, and everything else is put right at once, also what comes while it waits.
    private async Task<Wake> HoldBackAsync(Wake wake, CancellationToken cancel)
    {
        log.Contention(round.Contention.Quieten());
        while (HoldBack(wake) is var wait && wait > TimeSpan.Zero)
        {
            var more = await queue.NextAsync(wait, cancel).ConfigureAwait(false);
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
        var fought = round.Contention.Fought.Select(drift => (Wait: round.Contention.WaitFor(Contended.Of(drift)), Drift: drift)).ToList();
        var waits = wake.Changes.Where(change => !launcher.Own.Contains(change.Pid))
            .Select(change => fought.Where(f => change.LegacyRun || change.MayHaveCaused(f.Drift)).Select(f => f.Wait).DefaultIfEmpty().Max()).ToList();
        return fought.Count == 0 || waits.Count == 0 || wake.Has(Triggers.Interval | Triggers.Lost | Triggers.Reload) ? TimeSpan.Zero : waits.Min();
    }

    // While something cannot be repaired it is tried again sooner than the interval asks, ever more slowly.
    private TimeSpan NextCheck()
    {
        var retry = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(round.Failures, 16)));
        return round.Failures > 0 && retry < round.Preparation.Config.Interval ? retry : round.Preparation.Config.Interval;
    }

    private async Task ReloadAsync(CancellationToken cancel)
    {
        try
        {
            var (config, mistakes) = ConfigDirectory.Load(configPath);
            var next = config is null ? null : await Preparation.MakeAsync(launcher, config, cancel).ConfigureAwait(false);
            mistakes = next?.Mistakes ?? mistakes;
            if (next is null || mistakes.Count > 0)
            {
                log.ReloadRefused(mistakes);
                return;
            }

            round.Preparation = next;
            log.Reloaded(next);
            await docker.UseAsync(next.Config.Docker).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.ReloadFailed(e);
        }
    }
}
