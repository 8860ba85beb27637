using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using NetGuard.Core.Docker;
using NetGuard.Core.Journal;
using NetGuard.Interop;

namespace NetGuard.Docker;

/// <summary>
/// The process behind the engine's socket, as far as it tells what it was told. It is for words alone: no rule depends on it, and where anything is
/// in doubt nothing is said.
/// </summary>
internal static class DockerdProcess
{
    private const int PeerCredentials = 17; // SO_PEERCRED: asm-generic/socket.h.
    private const int MaxCommandLine = 64 * 1024;
    private const int MaxFile = 1024 * 1024;
    private const string PidFile = "/run/docker.pid";
    private const string NotReadable = "may not be read by NetGuard";
    private const int NoSuchFile = 2; // ENOENT
    private const int FormatMask = 0xf000; // S_IFMT: linux/stat.h.
    private const int RegularFile = 0x8000; // S_IFREG

    /// <summary>What dockerd was told of icc; null where whoever listens is not dockerd, or cannot be seen.</summary>
    /// <param name="connection">A connection to the engine.</param>
    /// <param name="path">Its socket's path.</param>
    public static DaemonIcc? Icc(Socket connection, string path)
    {
        try
        {
            return Process(connection, path) is var (pid, owner)
                && Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline", MaxCommandLine) is { } line && DockerdArguments.Read(line) is { } said
                ? Icc(said, owner) : null;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return null;
        }
    }

    // The kernel tells who made the socket, and with which rights: nobody can claim to be another. Where systemd made it, dockerd is who has written
    // its number into the file of which it is the only writer; a number that is somebody else's by now is told by the owner and the name.
    private static (int Pid, uint Owner)? Process(Socket connection, string path)
    {
        var credentials = new byte[12]; // struct ucred: pid, uid, gid.
        connection.GetRawSocketOption(Libc.SolSocket, PeerCredentials, credentials);
        var (pid, owner) = (BitConverter.ToInt32(credentials), BitConverter.ToUInt32(credentials, 4));
        if (pid == 1)
        {
            pid = SocketActivation.IsDockers(path) && Read(PidFile, 32) is { } text
                && int.TryParse(Encoding.ASCII.GetString(text).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var written) ? written : 0;
        }

        return pid > 1 && Libc.Statx(Libc.AtCurrentDirectory, $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}", 0, Libc.StatxBasicStats, out var process) == 0 && process.Uid == owner
            ? (pid, owner) : null;
    }

    private static DaemonIcc Icc(DockerdArguments said, uint owner)
    {
        // Without root it looks into its user's home, which is not ours to see.
        var path = said.ConfigFile ?? (owner == 0 ? DaemonIcc.DefaultPath : null);
        if (path is null)
        {
            return new(said.Icc, null, null, null);
        }

        var (fault, icc) = Judge(path, said.ConfigFile is not null);
        return new(said.Icc, OneLine.Of(path), icc, fault);
    }

    private static (string? Fault, bool? Icc) Judge(string path, bool isNamed)
    {
        // A path like /dev/fd/63 is another file for each process, and so is a relative one.
        if (!path.StartsWith('/') || path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            return ("is dockerd's alone to see", null);
        }

        if (Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var file) != 0)
        {
            return (Marshal.GetLastPInvokeError() != NoSuchFile ? NotReadable : isNamed ? "is not there" : null, null);
        }

        if ((file.Mode & FormatMask) != RegularFile)
        {
            return ("is no regular file", null);
        }

        bool? icc = null;
        return (file.Size > MaxFile ? "is longer than 1 MiB" : Read(path, MaxFile) is not { } json ? NotReadable : DaemonJson.Read(json, out icc), icc);
    }

    // Never waits: a pipe in a file's place is opened, and has nothing to say.
    private static byte[]? Read(string path, int limit)
    {
        var descriptor = Libc.Open(Encoding.UTF8.GetBytes(path + '\0'), Libc.OpenReadOnlyAtOnce);
        if (descriptor < 0)
        {
            return null;
        }

        try
        {
            var bytes = new byte[Math.Min(limit, 4096) + 1];
            var filled = 0;
            while (true)
            {
                var read = (int)Libc.Read(descriptor, bytes.AsSpan(filled), bytes.Length - filled);
                if (read <= 0)
                {
                    return read < 0 ? null : bytes[..filled];
                }

                filled += read;
                if (filled > limit)
                {
                    return null;
                }

                if (filled == bytes.Length)
                {
                    Array.Resize(ref bytes, Math.Min(bytes.Length * 2, limit + 1));
                }
            }
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }
}
