using System.Runtime.InteropServices;

namespace NetGuard.Interop;

// Scheduling, of the calling thread.
internal static partial class Libc
{
    /// <summary>sched_getaffinity(2): a bit for each processor.</summary>
    /// <returns>0; else it failed.</returns>
    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    public static partial int GetAffinity(int thread, nuint length, Span<ulong> processors);

    /// <summary>sched_setaffinity(2).</summary>
    /// <returns>0; else it failed.</returns>
    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    public static partial int SetAffinity(int thread, nuint length, ReadOnlySpan<ulong> processors);

    /// <summary>getpriority(2): the nice value, for PRIO_PROCESS and 0 that of the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "getpriority")]
    public static partial int GetPriority(int which, int who);

    /// <summary>sched_setattr(2), for which glibc has a function only since 2.41.</summary>
    /// <returns>0; else it failed.</returns>
    public static int SetScheduling(in SchedulerAttributes attributes) => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (int)SystemCall(314, 0, attributes, 0), // asm/unistd_64.h
        Architecture.Arm64 => (int)SystemCall(274, 0, attributes, 0), // asm-generic/unistd.h
        _ => -1,
    };

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, in SchedulerAttributes attributes, nint flags);

    /// <summary>struct sched_attr, as it was first: linux/sched/types.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SchedulerAttributes
    {
        /// <summary>SCHED_ATTR_SIZE_VER0.</summary>
        public const uint FirstSize = 48;

        /// <summary>How long this is.</summary>
        public uint Size;

        /// <summary>0: SCHED_OTHER.</summary>
        public uint Policy;

        /// <summary>None.</summary>
        public ulong Flags;

        /// <summary>The nice value.</summary>
        public int Nice;

        /// <summary>For real-time policies.</summary>
        public uint Priority;

        /// <summary>Of SCHED_OTHER the time slice, in nanoseconds; before Linux 6.12 it is not looked at.</summary>
        public ulong Runtime;

        /// <summary>For SCHED_DEADLINE.</summary>
        public ulong Deadline;

        /// <summary>For SCHED_DEADLINE.</summary>
        public ulong Period;
    }
}
