using NetGuard.Core.Config;
using NetGuard.Core.Control;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// What others ask of the daemon, until the worker gets to it. Requests that wait together are answered together, so however many there are,
/// they cost one check.
/// </summary>
public sealed class GuardControl(TriggerQueue queue, GuardState state, Pause pause, ReloadTrial trial, GuardLog log) : IGuardControl
{
    /// <summary>How many requests of a kind wait at a time.</summary>
    public const int MaxWaiting = 64;

    // What happened meanwhile was seen and not followed.
    private const Triggers AfterPause = Triggers.Asked | Triggers.Lost;

    private readonly Lock _lock = new();
    private List<TaskCompletionSource<ReconcileReport>> _reconciles = [];
    private List<TaskCompletionSource<ValueList<string>>> _reloads = [];
    private TimeSpan? _within;
    private bool _stopped;

    /// <inheritdoc/>
    public GuardStatus Status => state.Status;

    /// <inheritdoc/>
    public Task<ReconcileReport> ReconcileAsync() => Enlist(() => _reconciles, Triggers.Asked);

    /// <inheritdoc/>
    public Task<ValueList<string>> ReloadAsync() => Enlist(() => _reloads, Triggers.Reload);

    /// <inheritdoc/>
    public Task<ValueList<string>> TryReloadAsync(TimeSpan within)
    {
        if (within < PauseLength.Min || within > PauseLength.Max)
        {
            throw new ControlRefusedException(
                RefusalKind.BadDuration, $"a configuration is on trial from {DurationText.Of(PauseLength.Min)} to {DurationText.Of(PauseLength.Max)}");
        }

        lock (_lock)
        {
            if (trial.IsUnderWay || _within is not null)
            {
                throw new ControlRefusedException(RefusalKind.Busy, ReloadTrial.UnderWay);
            }

            var asked = Enlist(() => _reloads, Triggers.Reload);
            _within = within;
            return asked;
        }
    }

    /// <inheritdoc/>
    public async Task ConfirmAsync(bool keep)
    {
        if (!trial.Decide(keep ? TrialWord.Confirm : TrialWord.RollBack))
        {
            throw new ControlRefusedException(RefusalKind.Failed, "nothing is on trial: it was decided already, or there was none");
        }

        await ReconcileAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<DateTimeOffset> PauseAsync(TimeSpan length, string by)
    {
        if (length < PauseLength.Min || length > PauseLength.Max)
        {
            throw new ControlRefusedException(
                RefusalKind.BadDuration, $"a pause lasts from {DurationText.Of(PauseLength.Min)} to {DurationText.Of(PauseLength.Max)}; for longer, declare mode: audit");
        }

        var fault = pause.Begin(length);
        log.Paused(pause.Until, by, fault);
        state.PauseChanged();

        // What is being repaired at this moment is repaired; when this is answered, nothing is any more.
        await ReconcileAsync().ConfigureAwait(false);
        return pause.Until ?? throw new ControlRefusedException(RefusalKind.Failed, "the pause was ended before it had begun");
    }

    /// <inheritdoc/>
    public async Task<bool> ResumeAsync(string by)
    {
        if (!pause.End())
        {
            return false;
        }

        log.Resumed(by);
        state.PauseChanged();
        await Enlist(() => _reconciles, AfterPause).ConfigureAwait(false);
        return true;
    }

    /// <summary>Takes up the last daemon's pause and begins to watch the time.</summary>
    public void Start()
    {
        if (pause.Resume() is { } fault)
        {
            log.PauseDamaged(fault);
        }

        if (pause.Until is { } until)
        {
            log.StillPaused(until);
        }

        pause.Watch(OnTime);
    }

    /// <summary>Takes what has been asked for so far: the answers to give when it has been done.</summary>
    /// <param name="wake">Why the worker gets to it.</param>
    public Requests Take(Wake wake)
    {
        if (pause.HasRunOut && pause.End())
        {
            log.Resumed(null);
            state.PauseChanged();
            if (!wake.Has(AfterPause))
            {
                queue.Post(AfterPause);
            }
        }

        return Take(wake.Has(Triggers.Reload), wake.Has(Triggers.Asked));
    }

    /// <summary>Refuses what waits, and what comes from now on.</summary>
    public void Stop()
    {
        pause.Dispose();
        lock (_lock)
        {
            _stopped = true;
        }

        Take(reloads: true, reconciles: true).Refuse(new(RefusalKind.Stopping, "the daemon is stopping"));
    }

    // What is asked for while the worker wakes up for something else stays for the wake that it has called for.
    private Requests Take(bool reloads, bool reconciles)
    {
        lock (_lock)
        {
            var taken = new Requests(reconciles ? _reconciles : [], reloads ? _reloads : []) { TryWithin = reloads ? _within : null };
            _within = reloads ? null : _within;
            (_reconciles, _reloads) = (reconciles ? [] : _reconciles, reloads ? [] : _reloads);
            return taken;
        }
    }

    private void OnTime()
    {
        if (pause.IsActive)
        {
            log.PauseReminder(pause.Until, state.Remaining);
        }
        else
        {
            queue.Post(AfterPause);
        }
    }

    private Task<T> Enlist<T>(Func<List<TaskCompletionSource<T>>> which, Triggers trigger)
    {
        var asked = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            var list = which();
            if (_stopped)
            {
                throw new ControlRefusedException(RefusalKind.Stopping, "the daemon is stopping");
            }

            if (list.Count >= MaxWaiting)
            {
                throw new ControlRefusedException(RefusalKind.Busy, "too many requests wait already: try again in a moment");
            }

            list.Add(asked);
        }

        queue.Post(trigger);
        return asked.Task;
    }

    /// <summary>Requests that are answered together.</summary>
    public sealed class Requests
    {
        private readonly List<TaskCompletionSource<ReconcileReport>> _reconciles;
        private readonly List<TaskCompletionSource<ValueList<string>>> _reloads;

        internal Requests(List<TaskCompletionSource<ReconcileReport>> reconciles, List<TaskCompletionSource<ValueList<string>>> reloads) =>
            (_reconciles, _reloads) = (reconciles, reloads);

        /// <summary>How long the configuration that is read again is on trial; null where it is in force for good.</summary>
        public TimeSpan? TryWithin { get; init; }

        /// <summary>The configuration has been read again and is in force.</summary>
        public void Reloaded(ValueList<string> warnings) => _reloads.ForEach(asked => asked.TrySetResult(warnings));

        /// <summary>The configuration has mistakes.</summary>
        public void ReloadRefused(ValueList<ConfigMistake> mistakes) =>
            _reloads.ForEach(asked => asked.TrySetException(new ControlRefusedException(RefusalKind.BadConfiguration, string.Join('\n', mistakes))));

        /// <summary>The configuration could not be tried.</summary>
        public void ReloadFailed(string why) => _reloads.ForEach(asked => asked.TrySetException(new ControlRefusedException(RefusalKind.Failed, why)));

        /// <summary>The check is done.</summary>
        public void Reconciled(ReconcileReport report) => _reconciles.ForEach(asked => asked.TrySetResult(report));

        /// <summary>Nothing of it will be done.</summary>
        public void Refuse(ControlRefusedException why)
        {
            _reconciles.ForEach(asked => asked.TrySetException(why));
            _reloads.ForEach(asked => asked.TrySetException(why));
        }
    }
}
