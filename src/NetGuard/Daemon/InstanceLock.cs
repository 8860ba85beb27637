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

    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of this process's network namespace.</summary>
    /// <exception cref="IOException">Another daemon has it, or the file cannot be made; the message says which.</exception>
    public static InstanceLock Take()
    {
        var path = $"{Folder}/daemon-{NamespaceId()}.lock";
        try
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            for (; ; )
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (Inode(path) is { } inode && inode == Inode($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}"))
                {
                    return new(file);
                }

                file.Dispose(); // Its last holder took it away between our opening and locking it.
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"the lock {path} cannot be made: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"another netguard daemon guards this network namespace already ({path} is locked): stop it first", e);
        }
    }

    /// <summary>The number of this process's network namespace: what is between the brackets of <c>net:[4026531840]</c>.</summary>
    public static string NamespaceId() => new([.. (new FileInfo("/proc/self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);

    /// <summary>Lets the lock go, and takes its file away.</summary>
    public void Dispose()
    {
        File.Delete(_file.Name);
        _file.Dispose();
    }

    private static ulong? Inode(string path) =>
        Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) == 0 ? status.Inode : null;
}
