using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NetGuard.Core.Config;
using NetGuard.Interop;

namespace NetGuard.ConfigFiles;

/// <summary>Reads netguard.yaml and the drop-ins beside it, if nobody but root could have written them.</summary>
public static class ConfigDirectory
{
    /// <summary>Where the configuration is unless <c>--config</c> says otherwise.</summary>
    public const string DefaultPath = "/etc/netguard/netguard.yaml";

    private const int FormatMask = 0xF000;
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;
    private const int WritableByOthers = 0x12; // S_IWGRP | S_IWOTH
    private const long MaxBytes = 1 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and parses. A file that may not be trusted or cannot be read is a mistake like any other.</summary>
    /// <param name="path">The main file; drop-ins are <c>conf.d/*.yaml</c> beside it, in name order.</param>
    public static ConfigResult Load(string path)
    {
        var full = Path.GetFullPath(path);
        var mistakes = new List<ConfigMistake>();
        var files = new List<ConfigFile>();
        foreach (var file in (string[])[full, .. DropIns(full, mistakes)])
        {
            if (Untrusted(file) is { } reason)
            {
                mistakes.Add(new(new(file, 0, 0), reason));
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
        return new(null, [.. mistakes, .. files.Count > 0 && files[0].Path == full ? ConfigParser.Parse(files).Mistakes : []]);
    }

    private static string[] DropIns(string main, List<ConfigMistake> mistakes)
    {
        var directory = Path.Combine(Path.GetDirectoryName(main) ?? "/", "conf.d");
        try
        {
            return System.IO.Directory.Exists(directory)
                ? [.. System.IO.Directory.GetFiles(directory, "*.yaml").Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new(new(directory, 0, 0), $"the drop-ins cannot be listed: {e.Message}"));
            return [];
        }
    }

    private static string? Untrusted(string file)
    {
        if (Libc.Statx(Libc.AtCurrentDirectory, file, 0, Libc.StatxBasicStats, out var status) != 0)
        {
            return Marshal.GetLastPInvokeError() == 2 /* ENOENT */
                ? "there is no such file"
                : $"cannot be read: {Marshal.GetLastPInvokeErrorMessage()}";
        }

        if ((status.Mode & FormatMask) != Regular)
        {
            return (status.Mode & FormatMask) == Directory ? "is a directory, not a file" : "is not a regular file";
        }

        if (status.Size > MaxBytes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"is {status.Size:N0} bytes large; a configuration has at most {MaxBytes:N0}");
        }

        // Both the way that was given and the way that links lead: whoever can write a directory on either can put another file there.
        var target = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        return Ancestors(file).Concat(Ancestors(RealPath(target))).Prepend(file).Distinct().Select(OwnershipFault).FirstOrDefault(fault => fault is not null);
    }

    private static IEnumerable<string> Ancestors(string file)
    {
        for (var directory = Path.GetDirectoryName(file); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            yield return directory;
        }
    }

    private static string RealPath(string path)
    {
        var real = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            real = new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? real;
        }

        return real;
    }

    private static string? OwnershipFault(string path)
    {
        if (Libc.Statx(Libc.AtCurrentDirectory, path, 0, Libc.StatxBasicStats, out var status) != 0)
        {
            return $"the owner of {path} cannot be found out: {Marshal.GetLastPInvokeErrorMessage()}";
        }

        return status switch
        {
            { Uid: not 0 } => string.Create(
                CultureInfo.InvariantCulture, $"is refused: {path} belongs to uid {status.Uid}, not to root, who could change the firewall through it (chown root {path})"),
            _ when (status.Mode & WritableByOthers) != 0 =>
                $"is refused: {path} can be written by others than root (mode {Convert.ToString(status.Mode & 0xFFF, 8)}), who could change the firewall through it (chmod go-w {path})",
            _ => null,
        };
    }

    private static string? Read(string file, List<ConfigMistake> mistakes)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            var bytes = new byte[Math.Min(stream.Length, MaxBytes)];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (ArgumentException e)
        {
            mistakes.Add(new(new(file, 0, 0), $"is not text in UTF-8 ({(e as DecoderFallbackException)?.Index.ToString("byte 0", CultureInfo.InvariantCulture) ?? e.Message})"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add(new(new(file, 0, 0), $"cannot be read: {e.Message}"));
        }

        return null;
    }
}
