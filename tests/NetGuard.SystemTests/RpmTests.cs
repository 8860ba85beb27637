using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>What the rpm's scriptlets do when rpm runs them.</summary>
public class RpmTests
{
    private const string Older = "0.0.9";

    [Fact]
    public async Task InstalledUpgradedAndRemovedItNeverTouchesTheRules()
    {
        var (older, current) = (await RpmMachine.Build(Older), await RpmMachine.Build());
        await using var machine = await Machine.Boot(isNewer: true);
        var before = await machine.Output("iptables-save");
        await RpmMachine.Rpm(machine, "--install", older);
        Assert.Equal(("inactive", "disabled"), (await machine.Property("netguard", "ActiveState"), await machine.Property("netguard", "UnitFileState")));
        Assert.Equal(before, await machine.Output("iptables-save"));
        await machine.Output("id", "netguard");
        Assert.Equal("netguard\n", await machine.Output("stat", "--format=%U", "/run/netguard"));
        Assert.Contains("NetGuard", await machine.Output("journalctl", "--list-catalog"), StringComparison.Ordinal);

        // An upgrade restarts what runs, and keeps the configuration and every rule.
        await machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config);
        await machine.Output("systemctl", "enable", "--now", "netguard");
        Assert.Null(await GuardedMachine.Fault(machine));
        await machine.Output("netguard", "status");
        var pid = await machine.Property("netguard", "MainPID");
        await using (var changes = machine.Start("nft", "monitor"))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            await RpmMachine.Rpm(machine, "--upgrade", current);
            await machine.Until($"test \"$(systemctl show --value --property=MainPID netguard)\" != {pid} && systemctl is-active netguard");
            Assert.Null(await GuardedMachine.Fault(machine));
            await machine.Output("iptables", "-A", "INPUT", "-s", "10.99.99.99", "-j", "DROP");
            await machine.Output("iptables", "-D", "INPUT", "-s", "10.99.99.99", "-j", "DROP");
            await changes.WaitForLine(line => line.Contains("INPUT", StringComparison.Ordinal));
            Assert.DoesNotContain(changes.Lines, line => line.Text.Contains("DOCKER-USER", StringComparison.Ordinal) || line.Text.Contains("FORWARD", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(Older, await machine.Output("rpm", "--query", "netguard"), StringComparison.Ordinal);
        Assert.Equal(GuardedMachine.Config, await machine.Output("cat", "/etc/netguard/netguard.yaml"));
        Assert.Equal("enabled", await machine.Property("netguard", "UnitFileState"));

        // Removed, it is stopped and gone; the firewall and what the administrator wrote stay.
        await machine.Output("rpm", "--erase", "netguard");
        Assert.Equal("not-found", await machine.Property("netguard", "LoadState"));
        Assert.Equal(0, (await machine.Run("pgrep", "-x", "netguard")).Output.Length);
        Assert.NotEqual(0, (await machine.Run("test", "-e", "/etc/systemd/system/multi-user.target.wants/netguard.service")).ExitCode);
        Assert.Null(await GuardedMachine.Fault(machine));
        Assert.Equal(GuardedMachine.Config, await machine.Output("cat", "/etc/netguard/netguard.yaml.rpmsave"));
    }
}
