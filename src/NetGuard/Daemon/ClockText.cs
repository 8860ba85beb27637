using System.Globalization;

namespace NetGuard.Daemon;

/// <summary>A time of day for people.</summary>
public static class ClockText
{
    /// <summary><c>2026-11-24 21:05:00 +01:00</c>, in the host's time zone.</summary>
    public static string Of(DateTimeOffset? at) => at is { } time ? time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture) : "never";
}
