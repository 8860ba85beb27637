using System.Globalization;
using System.Text;
using NetGuard.Interop;

namespace NetGuard.Daemon;

/// <summary>One daemon for one network namespace: two would undo each other's work for ever.</summary>
/// <remarks>
/// A locked file in a folder that only root can write, not an abstract socket: any user could take that name and keep the
/// guard from starting. The lock goes with the process, however it ends.
/// </remarks>
public sealed class InstanceLock : IDisposable
{
    /// <summary>Where the daemon keeps what does not outlast the boot.</summary>
    public const string Folder = "/run/netguard";

    private const int Tries = 100;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <summary>The process that guards this network namespace; null where none does.</summary>
    public static int? Daemon => HolderOf(DaemonPath);

    /// <summary>What the daemon that guards this network namespace has noted of itself; null where there is none, or it cannot be read.</summary>
    public static DaemonNote? DaemonsNote
    {
        get
        {
            if (Daemon is null)
            {
                return null;
            }

            try
            {
                return DaemonNote.Parse(File.ReadAllText(NoteOf(DaemonPath)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private static string DaemonPath => $"{Folder}/daemon-{NamespaceId()}.lock";

    /// <summary>Takes the lock of this process's network namespace.</summary>
    /// <param name="time">Measures the wait for what a killed daemon has left.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="IOException">Another daemon has it, or the file cannot be made; the message says which.</exception>
    public static async Task<InstanceLock> TakeAsync(TimeProvider time, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"the lock {DaemonPath} cannot be made: {e.Message}", e);
        }

        for (var tries = 0; ; tries++)
        {
            try
            {
                return Take(DaemonPath, $"another netguard daemon guards this network namespace already ({DaemonPath} is locked): stop it first");
            }
            catch (IOException) when (tries < Tries && IsHolderGone(DaemonPath))
            {
                await Task.Delay(BetweenTries, time, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes a lock.</summary>
    /// <param name="path">The file; its folder is there.</param>
    /// <param name="held">What to say where another process has it.</param>
    /// <exception cref="IOException">Another process has it, or the file cannot be made; the message says which.</exception>
    public static InstanceLock Take(string path, string held)
    {
        // The folder is the service's, which root must not be led out of.
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new IOException($"the lock {path} is a symbolic link: remove it");
        }

        try
        {
            if (IsLeftBehind(path))
            {
                File.Delete(path);
            }

            for (; ; )
            {
                var file = new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, // Whoever can open a file can lock it.
                });
                if (Inode(path) is { } inode && inode == Inode($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}"))
                {
                    return new(file);
                }

                file.Dispose(); // Its last holder took it away between our opening and locking it.
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(HolderOf(path) is null ? $"the lock {path} cannot be made: {e.Message}" : held, e);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException(held, e);
        }
    }

    /// <summary>The process that holds a lock; null where none does. Looks without touching: to try the lock would keep others from it.</summary>
    public static int? HolderOf(string path)
    {
        if (Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) != 0)
        {
            return null;
        }

        var about = string.Create(CultureInfo.InvariantCulture, $"{status.DeviceMajor:x2}:{status.DeviceMinor:x2}:{status.Inode}");
        // "1: FLOCK  ADVISORY  WRITE 4711 00:1a:42 0 EOF": proc_locks(5).
        foreach (var line in File.ReadLines("/proc/locks"))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "FLOCK", _, "WRITE", var pid, var file, ..]
                && file == about
                && int.TryParse(pid, CultureInfo.InvariantCulture, out var holder))
            {
                return holder;
            }
        }

        return null;
    }

    /// <summary>The number of this process's network namespace: what is between the brackets of <c>net:[4026531840]</c>.</summary>
    public static string NamespaceId() => new([.. (new FileInfo("/proc/self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);

    /// <summary>Notes what others may want to know of the holder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Note(DaemonNote note)
    {
        // Beside the lock: to read the file itself would take a lock of the reader's. Neither step follows a link that the folder's owner may have put there.
        var path = NoteOf(_file.Name);
        File.Delete(path + ".new");
        using (var file = new FileStream(path + ".new", FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(Encoding.ASCII.GetBytes($"{note}\n"));
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Lets the lock go, and takes its file away.</summary>
    public void Dispose()
    {
        File.Delete(NoteOf(_file.Name));
        File.Delete(_file.Name);
        _file.Dispose();
    }

    private static string NoteOf(string path) => Path.ChangeExtension(path, ".note");

    // A daemon that was killed while it started a tool: what will be the tool has its lock until it is that.
    private static bool IsHolderGone(string path)
    {
        try
        {
            return HolderOf(path) is not { } pid || File.ReadAllText($"/proc/{pid}/stat") is var stat && stat[stat.LastIndexOf(')')..] is [_, _, 'Z' or 'X', ..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // There is no such process any more.
        }
    }

    // By a daemon that root ran by hand and that was killed: no other user can open it, but the folder's owner can take it away.
    private static bool IsLeftBehind(string path) =>
        Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) == 0
        && status.Uid != Libc.GetEffectiveUserId() && HolderOf(path) is null;

    private static ulong? Inode(string path) =>
        Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) == 0 ? status.Inode : null;
}
