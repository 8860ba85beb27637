using System.Runtime.InteropServices;

namespace NetGuard.Interop;

/// <summary>libsystemd's journal: sd_journal_print(3).</summary>
internal static partial class Libsystemd
{
    private const string Library = "libsystemd.so.0";

    /// <summary>sd_journal_sendv(3): one entry of so many fields. Negative errno on failure; 0, and nothing sent, where no journald runs.</summary>
    [LibraryImport(Library, EntryPoint = "sd_journal_sendv")]
    public static partial int SendToJournal(ReadOnlySpan<IoVector> fields, int count);

    /// <summary>struct iovec: bits/types/struct_iovec.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        /// <summary>iov_base.</summary>
        public nint Start;

        /// <summary>iov_len.</summary>
        public nuint Length;
    }
}
