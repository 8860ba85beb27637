using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NetGuard.Core.Config;
using NetGuard.Core.State;
using NetGuard.Interop;

namespace NetGuard.ConfigFiles;

/// <summary>Reads netguard.yaml and the drop-ins beside it, if nobody but root could have written them.</summary>
public static class ConfigDirectory
{
    /// <summary>Where the configuration is unless <c>--config</c> says otherwise.</summary>
    public const string DefaultPath = "/etc/netguard/netguard.yaml";

    private const int FormatMask = 0xF000;
    private const int Folder = 0x4000;
    private const int Regular = 0x8000;
    private const int NoSuchFile = 2; // ENOENT
    private const long MaxBytes = 1 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and parses. A file that may not be trusted or cannot be read is a mistake like any other.</summary>
    /// <param name="path">The main file; drop-ins are <c>conf.d/*.yaml</c> beside it, in name order.</param>
    public static ConfigResult Load(string path)
    {
        if (path.Length == 0)
        {
            return new(null, [new(new("--config", 0, 0), "an empty path (expected a file)")]);
        }

        var full = Path.GetFullPath(path);
        var mistakes = new List<ConfigMistake>();
        var files = new List<ConfigFile>();
        foreach (var file in (string[])[full, .. DropIns(full, mistakes)])
        {
            if (Fault(file) is { } fault)
            {
                mistakes.Add(new(new(file, 0, 0), fault));
            }
            else if (Read(file, mistakes) is { } text)
            {
                files.Add(new(file, text));
            }
        }

        if (mistakes.Count == 0)
        {
            return ConfigParser.Parse(files);
        }

        // Mistakes inside the files that could be read are worth telling in the same run.
        var rest = files.Count > 0 && files[0].Path == full ? ConfigParser.Parse(files) : null;
        return new(null, [.. mistakes, .. rest?.Mistakes ?? []]) { Readable = rest?.Readable };
    }

    private static IEnumerable<string> DropIns(string main, List<ConfigMistake> mistakes)
    {
        var directory = Path.Combine(Path.GetDirectoryName(main) ?? "/", "conf.d");
        if (!Path.Exists(directory) && new FileInfo(directory).LinkTarget is null)
        {
            return [];
        }

        string[] entries;
        try
        {
            entries = Directory.GetFileSystemEntries(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new(new(directory, 0, 0), $"the drop-ins cannot be listed: {e.Message}"));
            return [];
        }

        // Else somebody believes that it is in force.
        mistakes.AddRange(entries.Where(entry => entry.EndsWith(".yml", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(entry => new ConfigMistake(new(entry, 0, 0), "is not read: the names of drop-ins end in .yaml (rename it)")));

        // Editors' own files begin with a dot: .#10-ours.yaml.
        return entries.Where(entry => entry.EndsWith(".yaml", StringComparison.Ordinal) && Path.GetFileName(entry)[0] != '.').Order(StringComparer.Ordinal);
    }

    private static string? Fault(string file)
    {
        if (Libc.Statx(Libc.AtCurrentDirectory, file, 0, Libc.StatxBasicStats, out var status) != 0)
        {
            return Marshal.GetLastPInvokeError() == NoSuchFile ? "there is no such file" : $"cannot be read: {Marshal.GetLastPInvokeErrorMessage()}";
        }

        if ((status.Mode & FormatMask) != Regular)
        {
            return (status.Mode & FormatMask) == Folder ? "is a directory, not a file" : "is not a regular file";
        }

        return status.Size > MaxBytes
            ? string.Create(CultureInfo.InvariantCulture, $"is {status.Size:N0} bytes large; a configuration has at most {MaxBytes:N0}")
            : Ownership.Fault(file);
    }

    private static string? Read(string file, List<ConfigMistake> mistakes)
    {
        var bytes = Array.Empty<byte>();
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            bytes = new byte[Math.Min(stream.Length, MaxBytes)];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException e)
        {
            mistakes.Add(new(Place(file, bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length))), "this is not UTF-8 text"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new(new(file, 0, 0), $"cannot be read: {e.Message}"));
        }

        return null;
    }

    private static SourceLocation Place(string file, ReadOnlySpan<byte> before) =>
        new(file, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
}
