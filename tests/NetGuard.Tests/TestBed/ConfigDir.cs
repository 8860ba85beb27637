namespace NetGuard.Tests.TestBed;

/// <summary>
/// A fresh folder for configurations. It is below /run, not /tmp: NetGuard refuses a file when anybody but root could
/// replace it or a folder above it.
/// </summary>
public sealed class ConfigDir : IDisposable
{
    private const UnixFileMode Writable = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Enterable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static int s_made;

    public ConfigDir()
    {
        Path = $"{Leftovers.FolderPrefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}";
        Directory.CreateDirectory(Path, Writable | Readable | Enterable);
    }

    public string Path { get; }

    /// <summary>Writes a file, and the folders above it, as root's own and readable by all; returns its path.</summary>
    /// <param name="name">Relative to the folder: <c>netguard.yaml</c>, <c>conf.d/10-more.yaml</c>.</param>
    /// <param name="text">All of its text.</param>
    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, Writable | Readable | Enterable);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Writable | Readable);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
