namespace NetGuard.Core.Control;

/// <summary>How long repairs may be paused.</summary>
public static class PauseLength
{
    /// <summary>The shortest pause.</summary>
    public static TimeSpan Min { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest: a pause that is forgotten must not outlast the next day. Who wants more declares <c>mode: audit</c>.</summary>
    public static TimeSpan Max { get; } = TimeSpan.FromHours(24);
}
