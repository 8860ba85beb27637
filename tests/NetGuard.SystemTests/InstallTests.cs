using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

public class InstallTests
{
    [Fact]
    public async Task AFreshInstallChangesNothingUntilItIsEnabled()
    {
        await using var machine = await Machine.Boot();
        var before = await machine.Output("iptables-save");
        await machine.Install(Repository.Deb);
        Assert.Equal("inactive", await machine.Property("netguard", "ActiveState"));
        Assert.Equal("disabled", await machine.Property("netguard", "UnitFileState"));
        Assert.Equal(before, await machine.Output("iptables-save"));
        // Nothing is declared in the file that comes with the package: it is valid, and enforces nothing.
        await machine.Output("netguard", "check");
        await machine.Output("systemctl", "enable", "--now", "netguard");
        Assert.DoesNotContain("netguard:", await machine.Output("iptables-save"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheReadmesInstallationWorksWordByWord()
    {
        var readme = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        var commands = readme.SkipWhile(line => line != "## Installation").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal)).ToList();
        Assert.Contains(commands, command => command.Contains("apt install ./netguard_*.deb", StringComparison.Ordinal));
        await using var machine = await Machine.Boot();
        await machine.Take(Repository.Deb);
        foreach (var command in commands)
        {
            (await machine.Shell($"cd /var/tmp\n{command}")).Succeeded();
        }
        Assert.Equal("active", await machine.Property("netguard", "ActiveState"));
        Assert.Equal("enabled", await machine.Property("netguard", "UnitFileState"));
    }

    [Fact]
    public async Task TheDockerDropInGivesTheGroupAndLetsItAskDocker()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        Assert.Equal("\n", await Groups());
        (await machine.Shell("""
            set -e
            mkdir -p /etc/systemd/system/netguard.service.d
            ln -s /usr/share/netguard/netguard.service.d/docker.conf /etc/systemd/system/netguard.service.d/
            systemctl daemon-reload
            systemctl restart netguard
            """)).Succeeded();
        var docker = (await machine.Output("getent", "group", "docker")).Split(':')[2];
        Assert.Equal($"{docker}\n", await Groups());
        Assert.Null(await GuardedMachine.Fault(machine));

        // What it is for: the real Docker tells the confined service of its networks.
        await machine.Write("/etc/netguard/conf.d/40-docker.yaml", "docker: { icc: deny }\n");
        await machine.Output("systemctl", "reload", "netguard");
        (await machine.Shell("""
            for controller in memory blkio cpuset cpuacct freezer cpu pids devices; do
              ! test -d /sys/fs/cgroup/$controller || mount -o remount,rw,bind /sys/fs/cgroup/$controller
            done
            systemctl start docker
            """, TimeSpan.FromMinutes(2))).Succeeded();
        await machine.Until("iptables -S NETGUARD-FORWARD | grep -q docker0");

        // The supplementary ones: its own is there in any case.
        async Task<string> Groups() =>
            (await machine.Shell("sed -n 's/^Groups:[[:space:]]*//p' /proc/$(systemctl show --value --property=MainPID netguard)/status | tr ' ' '\\n' | grep -v -x -e '' -e \"$(id -g netguard)\" || echo")).Succeeded().Output;
    }

    [Fact]
    public async Task AfterARebootAllIsEnforcedBeforeDockerStarts()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        Assert.Null(await GuardedMachine.Fault(machine));
        // The real Docker, and what it finds at the moment that it is started.
        await machine.Write("/etc/systemd/system/docker.service.d/look.conf", """
            [Service]
            ExecStartPre=sh -c 'iptables-save -t filter > /run/found-by-docker; cat /proc/sys/net/ipv4/ip_forward >> /run/found-by-docker'

            """);
        await machine.Output("systemctl", "enable", "docker.service");
        // Without an order between the two, Docker would be there first.
        await machine.Write("/etc/systemd/system/netguard.service.d/slow.conf", "[Service]\nExecStartPre=sleep 5\n");
        await machine.Reboot();
        await machine.Until("test -e /run/found-by-docker");
        var found = await machine.Output("cat", "/run/found-by-docker");
        Assert.Contains("netguard:only-8.8.8.8", found, StringComparison.Ordinal);
        Assert.Contains("netguard:reach-DOCKER-USER", found, StringComparison.Ordinal);
        Assert.EndsWith("COMMIT\n# ", found[..(found.IndexOf("COMMIT\n# ", StringComparison.Ordinal) + 9)], StringComparison.Ordinal);
        Assert.EndsWith("\n1\n", found, StringComparison.Ordinal);
        Assert.Equal("active", await machine.Property("netguard", "ActiveState"));
    }
}
