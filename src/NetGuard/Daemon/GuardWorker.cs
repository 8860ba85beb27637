using Microsoft.Extensions.Hosting;
using NetGuard.ConfigFiles;
using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Processes;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>The daemon: a check whenever there is a reason for one, and every interval without.</summary>
public sealed class GuardWorker(
    Preparation preparation, string configPath, Launcher launcher, SysctlGuard settings, TriggerQueue queue, IEnumerable<ITriggerSource> sources,
    TimeProvider time, GuardLog log) : BackgroundService
{
    private readonly List<IDisposable> _subscriptions = [];
    private readonly IdleMemory _memory = new();
    private Preparation _preparation = preparation;
    private int _failures;

    /// <summary>Enforces for the first time; the service is ready when this is done.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.AddRange(sources.Select(source => source.Subscribe(queue)));
        log.Starting(_preparation);
        await RoundAsync(Triggers.Start, cancellationToken).ConfigureAwait(false);
        log.Guarding(_preparation);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops, and leaves the rules in place.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
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
            var triggers = await queue.NextAsync(NextCheck(), stoppingToken).ConfigureAwait(false);
            if (triggers.HasFlag(Triggers.Reload))
            {
                await ReloadAsync(stoppingToken).ConfigureAwait(false);
            }

            await RoundAsync(triggers, stoppingToken).ConfigureAwait(false);
        }
    }

    // While something cannot be repaired it is tried again sooner than the interval asks, ever more slowly.
    private TimeSpan NextCheck()
    {
        var retry = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(_failures, 16)));
        return _failures > 0 && retry < _preparation.Config.Interval ? retry : _preparation.Config.Interval;
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

            _preparation = next;
            log.Reloaded(next);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.ReloadFailed(e);
        }
    }

    private async Task RoundAsync(Triggers triggers, CancellationToken cancel)
    {
        try
        {
            var former = triggers.HasFlag(Triggers.Start) ? null : await FollowBackendAsync(cancel).ConfigureAwait(false);
            var reconciler = new Reconciler(_preparation.Choice.Xtables, settings, time);
            if (_preparation.Config.Mode == GuardMode.Audit)
            {
                log.Assessed(await reconciler.AssessAsync(_preparation.Desired, cancel).ConfigureAwait(false));
                return;
            }

            var outcome = await reconciler.ReconcileAsync(_preparation.Desired, cancel).ConfigureAwait(false);
            _failures = outcome.Failures.Count > 0 ? _failures + 1 : 0;
            log.Reconciled(outcome);
            if (former is not null)
            {
                // Only now: what was guarded there is guarded here.
                await Clearing.RunAsync(former, _preparation.Config.Families, new HashSet<ChainKey>(), cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failures++;
            log.CheckFailed(e);
        }
    }

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
