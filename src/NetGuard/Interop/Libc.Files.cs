using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetGuard.Interop;

/// <summary>Descriptors: inotify(7), poll(2), and the plainest way to a file that may be gone in a moment.</summary>
internal static partial class Libc
{
    /// <summary>O_RDONLY | O_CLOEXEC.</summary>
    public const int OpenReadOnly = 0x80000;

    /// <summary>O_RDONLY | O_CLOEXEC | O_NONBLOCK: a pipe is not waited for. The same number on x86 and on arm64.</summary>
    public const int OpenReadOnlyAtOnce = 0x80000 | 0x800;

    /// <summary>O_PATH | O_CLOEXEC: neither read nor written, only held. The same number on x86 and on arm64.</summary>
    public const int OpenPath = 0x200000 | 0x80000;

    /// <summary>IN_CLOEXEC | IN_NONBLOCK.</summary>
    public const int InotifyFlags = 0x80000 | 0x800;

    /// <summary>EFD_CLOEXEC | EFD_NONBLOCK.</summary>
    public const int EventFdFlags = 0x80000 | 0x800;

    /// <summary>POLLIN.</summary>
    public const short PollIn = 1;

    /// <summary>open(2) with a path that ends in a zero byte.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(ReadOnlySpan<byte> path, int flags);

    /// <summary>O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC: asm-generic/fcntl.h.</summary>
    public const int CreateNew = 0x1 | 0x40 | 0x80 | 0x80000;

    /// <summary>CLOCK_BOOTTIME: as /proc/PID/stat counts.</summary>
    public const int ClockBootTime = 7;

    /// <summary>open(2) that makes a file.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(ReadOnlySpan<byte> path, int flags, uint mode);

    /// <summary>clock_gettime(2).</summary>
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, out TimeSpecification time);

    /// <summary>read(2).</summary>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, Span<byte> bytes, nint length);

    /// <summary>close(2).</summary>
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>read(2).</summary>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, Span<byte> bytes, nint length);

    /// <summary>write(2).</summary>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle descriptor, ReadOnlySpan<byte> bytes, nint length);

    /// <summary>poll(2).</summary>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(Span<PollDescriptor> descriptors, nuint count, int milliseconds);

    /// <summary>tgkill(2): glibc has it since 2.30.</summary>
    [LibraryImport("libc", EntryPoint = "tgkill")]
    public static partial int ThreadKill(int process, int thread, int signal);

    /// <summary>eventfd(2).</summary>
    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    /// <summary>inotify_init1(2).</summary>
    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int InotifyInit(int flags);

    /// <summary>inotify_add_watch(2).</summary>
    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int InotifyAddWatch(SafeFileHandle inotify, string path, uint mask);

    /// <summary>inotify_rm_watch(2).</summary>
    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int InotifyRemoveWatch(SafeFileHandle inotify, int watch);

    /// <summary>getsockopt(2) with any value.</summary>
    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(SafeFileHandle socket, int level, int option, Span<byte> value, ref uint length);

    /// <summary>struct timespec on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpecification
    {
        /// <summary>Whole seconds.</summary>
        public long Seconds;

        /// <summary>And the rest.</summary>
        public long Nanoseconds;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        /// <summary>Which; a negative one is left out.</summary>
        public int Descriptor;

        /// <summary>What is waited for.</summary>
        public short Events;

        /// <summary>What is there.</summary>
        public short Returned;
    }
}
