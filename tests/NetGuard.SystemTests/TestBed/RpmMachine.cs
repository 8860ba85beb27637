using Xunit;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// A machine with a newer systemd, on which NetGuard is installed from its rpm; one for all tests of a class. It is Debian's, so that rpm knows of no
/// other package there: what the rpm requires is at hand, and not asked for.
/// </summary>
public sealed class RpmMachine : IAsyncLifetime
{
    private Machine? _machine;

    /// <summary>The machine.</summary>
    public Machine Machine => _machine ?? throw new InvalidOperationException("not booted");

    /// <summary>Builds the rpm for the machine's systemd; returns its path.</summary>
    /// <param name="version">As an earlier version of itself; null for what it is.</param>
    public static async Task<string> Build(string? version = null)
    {
        var folder = Directory.CreateTempSubdirectory("netguard-rpm-").FullName;
        (await Programs.Run("sh", ["-c", """
            set -e
            cd "$1"
            cp -r packaging systemd README.md CHANGELOG.md LICENSE "$2"
            [ -z "$3" ] || sed -i "1s/(.*)/($3)/" "$2/packaging/deb/debian/changelog"
            dpkg-deb --fsys-tarfile "$4" | tar -x -C "$2" ./usr/bin/netguard
            """, "sh", Repository.Root, folder, version ?? "", Repository.Deb])).Succeeded();
        string[] build = ["SYSTEMD_VERSION=257", $"NETGUARD_BINARY={folder}/usr/bin/netguard", $"{folder}/packaging/rpm/build"];
        return (await Programs.Run("env", build, timeout: TimeSpan.FromMinutes(4))).Succeeded().Output.TrimEnd().Split('\n')[^1];
    }

    /// <summary>Runs rpm inside, with a package from outside.</summary>
    public static async Task Rpm(Machine machine, string action, string package) =>
        await machine.Output("rpm", action, "--nodeps", await machine.Take(package));

    public async ValueTask InitializeAsync()
    {
        _machine = await Machine.Boot(isNewer: true);
        var rpm = await Build();
        await Rpm(_machine, "--install", rpm);
        Directory.Delete(Path.GetFullPath(Path.Combine(rpm, "..", "..", "..")), recursive: true);
        await _machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config);
        await _machine.Output("systemctl", "enable", "--now", "netguard");
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }
    }
}
