using System.Runtime.InteropServices;

namespace NetGuard.Interop;

/// <summary>The few calls of libc that .NET has no counterpart for.</summary>
internal static partial class Libc
{
    /// <summary>statx(2): take the path from the current directory.</summary>
    public const int AtCurrentDirectory = -100;

    /// <summary>statx(2): the descriptor itself is meant.</summary>
    public const int AtEmptyPath = 0x1000;

    /// <summary>statx(2): a symbolic link itself is meant.</summary>
    public const int AtSymlinkNoFollow = 0x100;

    /// <summary>statx(2): type, mode, owner, size.</summary>
    public const uint StatxBasicStats = 0x7ff;

    /// <summary>statx(2). Its structure is the same on all architectures, which stat's is not.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int directory, string path, int flags, uint mask, out StatxBuffer buffer);

    /// <summary>setsid(2): away from the terminal, whose end then does not matter.</summary>
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();

    /// <summary>M_MMAP_THRESHOLD: malloc.h.</summary>
    public const int MallocMapThreshold = -3;

    /// <summary>mallopt(3).</summary>
    [LibraryImport("libc", EntryPoint = "mallopt")]
    public static partial int MallocOption(int option, int value);

    /// <summary>malloc_trim(3).</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint pad);

    /// <summary>MADV_DONTNEED: sys/mman.h.</summary>
    public const int NotNeeded = 4;

    /// <summary>madvise(2).</summary>
    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int MemoryAdvice(nuint address, nuint length, int advice);

    /// <summary>geteuid(2).</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    /// <summary>The first fields of struct statx: linux/stat.h.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatxBuffer
    {
        /// <summary>stx_uid.</summary>
        [FieldOffset(20)]
        public uint Uid;

        /// <summary>stx_mode.</summary>
        [FieldOffset(28)]
        public ushort Mode;

        /// <summary>stx_ino.</summary>
        [FieldOffset(32)]
        public ulong Inode;

        /// <summary>stx_size.</summary>
        [FieldOffset(40)]
        public ulong Size;

        /// <summary>stx_dev_major: of the file system.</summary>
        [FieldOffset(136)]
        public uint DeviceMajor;

        /// <summary>stx_dev_minor.</summary>
        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
