namespace NetGuard.Daemon;

/// <summary>Lets the first of a series through, and the next one when a quiet minute has passed.</summary>
internal sealed class OnceAMinute(TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private long? _last;

    /// <summary>Whether this one is the first of a series.</summary>
    public bool IsDue()
    {
        var last = _last;
        _last = time.GetTimestamp();
        return last is not { } before || time.GetElapsedTime(before) >= Quiet;
    }
}
