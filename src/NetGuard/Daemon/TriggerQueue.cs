namespace NetGuard.Daemon;

/// <summary>
/// Where sources of triggers meet the worker. It holds reasons, not events: however many come while a check runs, one check follows.
/// </summary>
/// <param name="time">Measures the interval.</param>
public sealed class TriggerQueue(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Triggers _pending;

    /// <summary>Asks for a check. Never blocks, and may be called from any thread.</summary>
    public void Post(Triggers trigger)
    {
        lock (_lock)
        {
            _pending |= trigger;
            _arrived.TrySetResult();
        }
    }

    /// <summary>Waits for the next reason, or for the interval to pass.</summary>
    /// <exception cref="OperationCanceledException">The daemon stops.</exception>
    public async Task<Triggers> NextAsync(TimeSpan interval, CancellationToken cancel)
    {
        Task arrived;
        lock (_lock)
        {
            arrived = _arrived.Task;
        }

        try
        {
            await arrived.WaitAsync(interval, time, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Triggers.Interval;
        }

        lock (_lock)
        {
            var triggers = _pending;
            _pending = Triggers.None;
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return triggers;
        }
    }
}
