namespace NetGuard.Daemon;

/// <summary>
/// Where sources of triggers meet the worker. However many come while a check runs, one check follows. The first of a quiet time is
/// answered at once; a storm in which the checks find nothing, ever more slowly, up to a limit.
/// </summary>
/// <param name="time">Measures the interval.</param>
public sealed class TriggerQueue(TimeProvider time)
{
    /// <summary>Changes beyond these are answered by a check like all others, but nobody is named for them.</summary>
    public const int MaxChanges = 256;

    /// <summary>The most that a change waits for its check in a storm.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Triggers _pending;
    private readonly Queue<KernelChange> _changes = new();
    private long _answeredAt;
    private int _fruitless;

    /// <summary>Asks for a check. Never blocks, and may be called from any thread.</summary>
    public void Post(Triggers trigger, KernelChange? change = null)
    {
        lock (_lock)
        {
            _pending |= trigger;
            if (change is not null)
            {
                if (_changes.Count == MaxChanges)
                {
                    _changes.Dequeue();
                }

                _changes.Enqueue(change);
            }

            _arrived.TrySetResult();
        }
    }

    /// <summary>What has come since the last wake. It stays for the next one.</summary>
    public IReadOnlyList<KernelChange> Pending()
    {
        lock (_lock)
        {
            return [.. _changes];
        }
    }

    /// <summary>Tells what the check found, for the pace of the next one.</summary>
    /// <param name="fruitless">Whether it was for nothing.</param>
    public void Answered(bool fruitless)
    {
        _fruitless = fruitless ? _fruitless + 1 : 0;
        _answeredAt = time.GetTimestamp();
    }

    /// <summary>Waits for the next reason, or for the interval to pass.</summary>
    /// <exception cref="OperationCanceledException">The daemon stops.</exception>
    public async Task<Wake> NextAsync(TimeSpan interval, CancellationToken cancel)
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
            return new(Triggers.Interval, []);
        }

        if (Pause() is var pause && pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, cancel).ConfigureAwait(false);
        }

        lock (_lock)
        {
            var wake = new Wake(_pending, _changes.Count == 0 ? [] : _changes.ToArray());
            _pending = Triggers.None;
            _changes.Clear();
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return wake;
        }
    }

    private TimeSpan Pause()
    {
        var since = time.GetElapsedTime(_answeredAt);
        if (_fruitless == 0 || since >= Quiet)
        {
            _fruitless = 0;
            return TimeSpan.Zero;
        }

        var pause = FirstPause * Math.Pow(2, Math.Min(_fruitless - 1, 10));
        return (pause < LongestPause ? pause : LongestPause) - since;
    }
}
