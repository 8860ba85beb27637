using System.Text;
using NetGuard.Core.Snapshot;

namespace NetGuard.Sysctl;

/// <summary>The files that set kernel settings at boot, sysctl.d(5).</summary>
/// <param name="root">Where the system is that they belong to.</param>
public sealed class SysctlDirectories(string root = "/")
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxLinks = 8;
    private const string SysctlConf = "/etc/sysctl.conf";

    private static readonly string[] Directories =
        ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];

    /// <summary>Reads them all, each time. What cannot be read is named in the answer, and nothing is thrown for it.</summary>
    public SysctlFileSet Read()
    {
        var files = Directories.SelectMany(Names).Select(path => new SysctlFile(path, Text(path))).ToList();

        // systemd does not read /etc/sysctl.conf (Debian 12 links 99-sysctl.conf to it); sysctl --system of other inits does.
        if (!Directory.Exists(Real("/run/systemd/system")) && File.Exists(Real(SysctlConf)))
        {
            files.Add(new(SysctlConf, Text(SysctlConf)));
        }

        return SysctlFileSet.Of(files);
    }

    private string Real(string path) => Path.Join(root, path);

    private List<string> Names(string directory)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Real(directory))
                .Select(path => Path.GetFileName(path))
                .Where(name => name.EndsWith(".conf", StringComparison.Ordinal) && !name.StartsWith('.'))
                .Select(name => $"{directory}/{name}")
                .ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private string? Text(string path)
    {
        try
        {
            var file = new FileInfo(Follow(Real(path)));

            // /dev/null is how a file of the same name is switched off. A pipe has no length either, and opening it would wait.
            return !file.Exists ? null
                : file.Length > MaxBytes ? null
                : file.Length == 0 ? ""
                : File.ReadAllText(file.FullName, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string Follow(string path)
    {
        for (var i = 0; i < MaxLinks && new FileInfo(path).LinkTarget is { } target; i++)
        {
            path = target == "/dev/null" ? target
                : Path.IsPathRooted(target) ? Real(target)
                : Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        }

        return path;
    }
}
