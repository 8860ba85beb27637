using System.Runtime.InteropServices;

namespace NetGuard.Benchmarks;

/// <summary>Waits shorter than .NET's, and other processes' processor time.</summary>
internal static partial class Clock
{
    // CPUCLOCK_SCHED of a whole process: include/linux/posix-timers.h.
    private const int ProcessScheduled = 2;

    /// <summary>Sleeps; the kernel adds its timer slack of 50 microseconds.</summary>
    public static void Sleep(TimeSpan time) => _ = usleep((uint)time.TotalMicroseconds);

    /// <summary>The processor time that a process, with all of its threads, has taken so far.</summary>
    /// <exception cref="IOException">There is no such process.</exception>
    public static TimeSpan Processor(int pid) => clock_gettime(~pid << 3 | ProcessScheduled, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1e3)
        : throw new IOException($"clock_gettime: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int usleep(uint microseconds);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int clock_gettime(int clock, out TimeSpecification time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
