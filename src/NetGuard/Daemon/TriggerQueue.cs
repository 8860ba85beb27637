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

    private readonly object _lock = new(); // Not a Lock: it is waited on.
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

            Monitor.PulseAll(_lock);
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

    /// <summary>Waits for the next reason, or for the interval to pass. It holds its thread: a timer and the thread pool would make an idle minute twice as dear.</summary>
    /// <exception cref="OperationCanceledException">The daemon stops.</exception>
    public Wake Next(TimeSpan interval, CancellationToken cancel)
    {
        using var stopping = cancel.UnsafeRegister(_ => Interrupt(), null);
        lock (_lock)
        {
            if (!Wait(interval, () => _pending != Triggers.None, cancel))
            {
                return new(Triggers.Interval, []);
            }

            // More may come meanwhile, and is part of it.
            Wait(Pause(), () => false, cancel);
            var wake = new Wake(_pending, _changes.Count == 0 ? [] : _changes.ToArray());
            _pending = Triggers.None;
            _changes.Clear();
            return wake;
        }
    }

    private void Interrupt()
    {
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private bool Wait(TimeSpan longest, Func<bool> isOver, CancellationToken cancel)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            cancel.ThrowIfCancellationRequested();
            if (isOver())
            {
                return true;
            }

            var left = longest - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            // In whole milliseconds, and not in none.
            Monitor.Wait(_lock, TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue)));
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
