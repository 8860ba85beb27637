using System.Globalization;
using System.Runtime.InteropServices;
using NetGuard.Interop;

namespace NetGuard.Journald;

/// <summary>Whether what this process writes goes to journald, and whether journald takes it field by field.</summary>
public static class JournalStream
{
    private const string Socket = "/run/systemd/journal/socket";

    /// <summary>
    /// Whether standard output or error is journald's: $JOURNAL_STREAM names its device and inode, systemd.exec(5). That it is set is not
    /// enough: programs inherit it that write elsewhere.
    /// </summary>
    public static bool IsConnected => Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { } stream && (stream == Name(1) || stream == Name(2));

    /// <summary>Whether entries with fields can be sent: libsystemd is there, and so is journald's socket.</summary>
    public static bool TakesFields
    {
        get
        {
            // Without the socket libsystemd would drop every entry and call it success.
            if (!File.Exists(Socket) || !NativeLibrary.TryLoad("libsystemd.so.0", out var library))
            {
                return false;
            }

            NativeLibrary.Free(library);
            return true;
        }
    }

    private static string? Name(int descriptor) =>
        Libc.Statx(descriptor, "", Libc.AtEmptyPath, Libc.StatxBasicStats, out var status) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Device(status.DeviceMajor, status.DeviceMinor)}:{status.Inode}")
            : null;

    // makedev(3), as glibc puts the two together.
    private static ulong Device(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);
}
