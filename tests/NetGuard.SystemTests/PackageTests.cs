using System.Globalization;
using System.Security.Cryptography;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

public class PackageTests
{
    private static readonly TimeSpan Publishing = TimeSpan.FromMinutes(14);

    [Fact]
    public async Task LintianFindsNothing()
    {
        var result = await Programs.Run("lintian", ["--fail-on", "error,warning", "--allow-root", Repository.Deb]);
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task TheSameSourcesInAnotherFolderGiveTheSameBytes()
    {
        var folder = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"netguard-again-{Environment.ProcessId}"), "some", "where");
        Directory.CreateDirectory(folder);
        try
        {
            (await Programs.Run("sh", ["-c", """
                tar -C "$1" --exclude=./.git --exclude=bin --exclude=obj --exclude=./artifacts -c . | tar -C "$2" -x
                """, "sh", Repository.Root, folder])).Succeeded();
            // Without the executable that is there already: it is built again as well.
            var built = (await Programs.Run("env", ["-u", "NETGUARD_BINARY", Path.Combine(folder, "packaging", "deb", "build")], timeout: Publishing)).Succeeded();
            Assert.Equal(await Hash(Repository.Deb), await Hash(built.Output.TrimEnd().Split('\n')[^1]));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(folder)!)!, recursive: true);
        }
    }

    [Fact]
    public async Task TheRpmHoldsTheSameFiles()
    {
        var rpm = (await Programs.Run(Path.Combine(Repository.Root, "packaging", "rpm", "build"), [], timeout: Publishing)).Succeeded().Output.TrimEnd().Split('\n')[^1];
        var inDeb = (await Programs.Run("sh", ["-c", "dpkg-deb --fsys-tarfile \"$1\" | tar -t", "sh", Repository.Deb])).Succeeded().Output
            .Split('\n').Where(line => line.Length > 0 && !line.EndsWith('/')).Select(line => line[1..]);
        var inRpm = (await Programs.Run("rpm", ["--query", "--package", "--queryformat", "[%{FILEMODES:perms} %{FILENAMES}\n]", rpm])).Succeeded().Output
            .Split('\n').Where(line => line.StartsWith('-')).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        // What the distributions call differently: where units and completions are, what is compressed, and how copyright is told.
        string[] own = ["/usr/share/doc/netguard/changelog.Debian", "/usr/share/licenses/netguard/LICENSE"];
        Assert.Equal(Same(inDeb), Same(inRpm));
        Assert.Equal("/etc/netguard/netguard.yaml\n", (await Programs.Run("rpm", ["--query", "--package", "--configfiles", rpm])).Succeeded().Output);

        IEnumerable<string> Same(IEnumerable<string> files) => files
            .Select(file => file.StartsWith("/lib/", StringComparison.Ordinal) ? $"/usr{file}" : file)
            .Select(file => file.Replace("/zsh/vendor-completions/", "/zsh/site-functions/", StringComparison.Ordinal))
            .Select(file => file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file)
            .Where(file => !own.Contains(file))
            .Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("252", false)]
    [InlineData("253", true)]
    public async Task WhereSystemdWaitsForTheReloadItselfItIsToldTo(string version, bool waits)
    {
        var folder = Directory.CreateTempSubdirectory("netguard-staged-");
        try
        {
            (await Programs.Run("env", [$"SYSTEMD_VERSION={version}", Path.Combine(Repository.Root, "packaging", "stage"), folder.FullName])).Succeeded();
            Assert.Equal(waits, File.Exists(Path.Combine(folder.FullName, "usr/lib/systemd/system/netguard.service.d/notify-reload.conf")));
            Assert.True(File.Exists(Path.Combine(folder.FullName, "usr/lib/systemd/system/netguard.service")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> Hash(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }
}
