namespace NetGuard.Metrics;

/// <summary>A file for node_exporter's textfile collector: whoever reads it finds all of it, or what was there before.</summary>
/// <param name="path">Its absolute path.</param>
public sealed class Textfile(string path)
{
    private const UnixFileMode EverybodyReads =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // In the same folder, because rename(2) works within one file system. node_exporter passes over what does not end in .prom.
    private readonly string _draft = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, $".{System.IO.Path.GetFileName(path)}.tmp");

    /// <summary>Its absolute path.</summary>
    public string Path => path;

    /// <summary>Replaces the content.</summary>
    /// <exception cref="IOException">The folder is not there, or is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        File.Delete(_draft); // Left by one that was killed.
        try
        {
            // CreateNew opens no link that somebody may have put there.
            using (var draft = new FileStream(_draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 }))
            {
                draft.Write(content);

                // The service's umask keeps others out.
                File.SetUnixFileMode(draft.SafeFileHandle, EverybodyReads);
            }

            File.Move(_draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(_draft);
            throw;
        }
    }

    /// <summary>Takes it away: what it says is no longer kept true.</summary>
    public void Remove() => File.Delete(path);
}
