using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetGuard.Interop;

namespace NetGuard.Daemon;

/// <summary>Keeps the end of a pause for the next daemon, in a folder that only root and the daemon's own user can write.</summary>
/// <remarks>
/// One line: the boot it belongs to, the network namespace's cookie, and the end in milliseconds since boot. Another boot, or another
/// namespace under a number that was used before, makes it worth nothing.
/// </remarks>
/// <param name="folder">Where.</param>
public sealed class PauseFile(string folder)
{
    private const int MaxLength = 256;
    private const int WritableByOthers = 0x12; // S_IWGRP | S_IWOTH
    private const int FileType = 0xF000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private readonly string _path = Path.Combine(folder, $"pause-{InstanceLock.NamespaceId()}");

    /// <summary>Reads the end, in time since boot.</summary>
    /// <returns>The end, or null where none is kept; and what is wrong with what is there, or null.</returns>
    public (TimeSpan? End, string? Fault) Read()
    {
        try
        {
            if (Libc.Statx(Libc.AtCurrentDirectory, _path, Libc.AtSymlinkNoFollow, Libc.StatxBasicStats, out var status) != 0)
            {
                return default;
            }

            if (Fault(status) is { } fault)
            {
                return (null, $"{_path} is not the daemon's own ({fault}): no pause is taken up from it");
            }

            using var file = File.OpenHandle(_path);
            Span<byte> bytes = stackalloc byte[MaxLength];
            var length = RandomAccess.Read(file, bytes, 0);
            return Encoding.ASCII.GetString(bytes[..length]).TrimEnd('\n').Split(' ') is [var boot, var cookie, var end]
                && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds < TimeSpan.MaxValue.TotalMilliseconds / 2
                ? (boot == Boot() && cookie == Cookie() ? TimeSpan.FromMilliseconds(milliseconds) : null, null)
                : (null, $"{_path} is damaged: no pause is taken up from it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"{_path} cannot be read, so no pause is taken up from it: {e.Message}");
        }
    }

    /// <summary>Keeps the end, in place of another.</summary>
    /// <returns>Why it could not; null where it could.</returns>
    public string? Write(TimeSpan end)
    {
        var draft = _path + ".new";
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(draft);
            using (var file = File.OpenHandle(draft, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Boot()} {Cookie()} {(long)end.TotalMilliseconds}\n")), 0);
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            File.Move(draft, _path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Keeps it no longer.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is over at its time is worth nothing later on.
        }
    }

    private static string? Fault(Libc.StatxBuffer status) =>
        (status.Mode & FileType) != RegularFile ? "it is no file"
        : status.Uid != 0 && status.Uid != Libc.GetEffectiveUserId() ? $"it belongs to user {status.Uid}"
        : (status.Mode & WritableByOthers) != 0 ? "others can write it"
        : status.Size > MaxLength ? "it is too long"
        : null;

    private static string Boot() => File.ReadAllText(BootId).Trim();

    // A namespace's inode number is given out again; its cookie is not. Kernels before 5.14 have none.
    private static string Cookie()
    {
        using var socket = new SafeFileHandle(Libc.Socket(Libc.AfUnix, Libc.SockDatagram | Libc.SockCloexec, 0), ownsHandle: true);
        Span<byte> cookie = stackalloc byte[sizeof(ulong)];
        var length = (uint)cookie.Length;
        return !socket.IsInvalid && Libc.GetSocketOption(socket, Libc.SolSocket, Libc.SoNetnsCookie, cookie, ref length) == 0
            ? BitConverter.ToUInt64(cookie).ToString(CultureInfo.InvariantCulture)
            : "0";
    }
}
