using NetGuard.Interop;

namespace NetGuard.Daemon;

/// <summary>The time since boot, sleep included: a clock that nobody sets.</summary>
internal static class BootClock
{
    public static TimeSpan Now() => Libc.ClockGetTime(Libc.ClockBootTime, out var now) == 0
        ? new(now.Seconds * TimeSpan.TicksPerSecond + now.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : throw new InvalidOperationException("clock_gettime(2) does not know CLOCK_BOOTTIME");
}
