using NetGuard.Core.Control;

namespace NetGuard.Daemon;

/// <summary>
/// Whether repairs are paused, and until when. The end is a time since boot: setting the clock neither prolongs a pause nor ends it. It
/// outlives a restart of the daemon, not one of the host.
/// </summary>
/// <param name="time">Dates, and rings at the end.</param>
/// <param name="bootTime">The time since boot.</param>
/// <param name="file">What keeps it for the next daemon.</param>
public sealed class Pause(TimeProvider time, Func<TimeSpan> bootTime, PauseFile file) : IDisposable
{
    /// <summary>How often the log is reminded of a pause.</summary>
    public static readonly TimeSpan BetweenReminders = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ClockSet = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private TimeSpan? _end;
    private DateTimeOffset? _until;
    private ITimer? _timer;
    private Action? _onTime;

    /// <summary>Whether nothing is to be repaired now.</summary>
    public bool IsActive => Left is not null;

    /// <summary>How long it will last; null where there is none.</summary>
    public TimeSpan? Left
    {
        get
        {
            lock (_lock)
            {
                return _end is { } end && end - bootTime() is var left && left > TimeSpan.Zero ? left : null;
            }
        }
    }

    /// <summary>When it ends, by the clock; null where there is none.</summary>
    public DateTimeOffset? Until
    {
        get
        {
            lock (_lock)
            {
                if (Left is not { } left)
                {
                    return null;
                }

                // The two clocks do not run quite alike: only where somebody has set the clock is there another end to tell.
                var until = time.GetUtcNow() + left;
                return _until = _until is { } told && (until - told).Duration() < ClockSet ? told : until;
            }
        }
    }

    /// <summary>Takes up the pause that the last daemon was in.</summary>
    /// <returns>What is wrong with what it left; null where nothing is.</returns>
    public string? Resume()
    {
        var (end, fault) = file.Read();
        if (end is { } at && at - bootTime() is var left && left > TimeSpan.Zero && left <= PauseLength.Max)
        {
            lock (_lock)
            {
                _end = at;
            }
        }
        else if (end is not null || fault is not null)
        {
            file.Delete();
        }

        return fault;
    }

    /// <summary>Begins to ring: at the end of a pause, and at each reminder.</summary>
    public void Watch(Action onTime)
    {
        lock (_lock)
        {
            _onTime = onTime;
            Wind();
        }
    }

    /// <summary>Begins a pause, or gives one another end.</summary>
    /// <returns>Why it will not outlive the daemon; null where it will.</returns>
    public string? Begin(TimeSpan length)
    {
        lock (_lock)
        {
            _end = bootTime() + length;
            _until = null;
            Wind();
            return file.Write(_end.Value);
        }
    }

    /// <summary>Ends a pause.</summary>
    /// <returns>Whether there was one, running or run out.</returns>
    public bool End()
    {
        lock (_lock)
        {
            if (_end is null)
            {
                return false;
            }

            _end = null;
            Wind();
            file.Delete();
            return true;
        }
    }

    /// <summary>Whether a pause has run out and has not been ended yet.</summary>
    public bool HasRunOut
    {
        get
        {
            lock (_lock)
            {
                return _end is { } end && end <= bootTime();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Wind()
    {
        if (_onTime is null)
        {
            return;
        }

        _timer ??= time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var wait = _end is { } end ? end - bootTime() : Timeout.InfiniteTimeSpan;
        _timer.Change(
            _end is null ? Timeout.InfiniteTimeSpan : wait < TimeSpan.Zero ? TimeSpan.Zero : wait < BetweenReminders ? wait : BetweenReminders,
            Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        Action? onTime;
        lock (_lock)
        {
            onTime = _end is null ? null : _onTime;
            if (!HasRunOut)
            {
                Wind();
            }
        }

        onTime?.Invoke();
    }
}
