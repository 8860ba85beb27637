namespace NetGuard.Docker;

/// <summary>
/// How soon Docker is asked behind its events. One container that starts or ends makes three of them within some 200 ms, and the last is what its
/// rules wait for: a few in a row are answered at once, and only what goes on for longer is slowed down to four questions a second.
/// </summary>
/// <param name="time">Measures.</param>
public sealed class AskingPace(TimeProvider time)
{
    /// <summary>How many questions in a row are asked at once.</summary>
    public const int Burst = 12;

    /// <summary>How long a question takes to be made up for, and so the time between two when the burst is used up.</summary>
    public static readonly TimeSpan Steady = TimeSpan.FromMilliseconds(250);

    /// <summary>Between any two questions: what comes in one breath is one question.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(20);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _asked = -Least;
    private TimeSpan _madeUpFor;

    /// <summary>Notes that a question has been answered.</summary>
    public void Asked() => _asked = Now;

    /// <summary>Counts the next question behind an event.</summary>
    /// <returns>How long it is to wait.</returns>
    public TimeSpan Next()
    {
        var now = Now;
        var at = new[] { now, _asked + Least, _madeUpFor - ((Burst - 1) * Steady) }.Max();
        _madeUpFor = (_madeUpFor > at ? _madeUpFor : at) + Steady;
        return at - now;
    }

    private TimeSpan Now => time.GetElapsedTime(_start);
}
