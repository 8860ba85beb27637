using System.Globalization;

namespace NetGuard.Daemon;

/// <summary>A duration as the configuration writes it.</summary>
public static class DurationText
{
    /// <summary><c>1m30s</c>, <c>500ms</c>.</summary>
    public static string Of(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{Part((int)duration.TotalHours, "h")}{Part(duration.Minutes, "m")}{Part(duration.Seconds, "s")}{Part(duration.Milliseconds, "ms")}");

    private static string Part(int count, string unit) => count == 0 ? "" : count.ToString(CultureInfo.InvariantCulture) + unit;
}
