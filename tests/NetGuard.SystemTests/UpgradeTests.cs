using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

public class UpgradeTests
{
    [Fact]
    public async Task AnUpgradeKeepsRulesAndConfigurationWithNoMomentUnprotected()
    {
        await using var machine = await Machine.Boot();
        await machine.Install(await OlderPackage.Make(machine));
        // As an administrator has changed it.
        await machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config);
        await machine.Write("/etc/netguard/conf.d/10-ours.yaml", "chains: { DOCKER-USER: { rules: [ { name: ours, rule: -i eth7 -j DROP } ] } }\n");
        await machine.Output("systemctl", "enable", "--now", "netguard");
        Assert.Null(await GuardedMachine.Fault(machine));
        Assert.Equal(OlderPackage.Version, await Version());
        var pid = await machine.Property("netguard", "MainPID");
        var counted = await machine.Output("iptables-save", "-c", "-t", "filter");

        // Whatever is changed in the kernel while the package is replaced, by anybody, is told here.
        await using var changes = machine.Start("nft", "monitor");
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await machine.Install(Repository.Deb);
        Assert.NotEqual(OlderPackage.Version, await Version());
        await machine.Until($"test \"$(systemctl show --value --property=MainPID netguard)\" != {pid} && systemctl is-active netguard");
        Assert.Null(await GuardedMachine.Fault(machine));

        // The monitor sees at least this, the last.
        await machine.Output("iptables", "-A", "INPUT", "-s", "10.99.99.99", "-j", "DROP");
        await machine.Output("iptables", "-D", "INPUT", "-s", "10.99.99.99", "-j", "DROP");
        await changes.WaitForLine(line => line.Contains("INPUT", StringComparison.Ordinal));
        Assert.DoesNotContain(changes.Lines, line => line.Text.Contains("DOCKER-USER", StringComparison.Ordinal) || line.Text.Contains("FORWARD", StringComparison.Ordinal));
        Assert.Equal(Rules(counted), Rules(await machine.Output("iptables-save", "-c", "-t", "filter")));

        Assert.Equal(GuardedMachine.Config, await machine.Output("cat", "/etc/netguard/netguard.yaml"));
        Assert.Contains("ours", await machine.Output("cat", "/etc/netguard/conf.d/10-ours.yaml"), StringComparison.Ordinal);
        Assert.Equal("enabled", await machine.Property("netguard", "UnitFileState"));

        async Task<string> Version() => await machine.Output("dpkg-query", "--show", "--showformat=${Version}", "netguard");
    }

    [Fact]
    public async Task AnUpgradeDoesNotStartWhatIsDisabled()
    {
        await using var machine = await Machine.Boot();
        await machine.Install(await OlderPackage.Make(machine));
        await machine.Install(Repository.Deb);
        Assert.Equal("inactive", await machine.Property("netguard", "ActiveState"));
        Assert.Equal("disabled", await machine.Property("netguard", "UnitFileState"));
    }

    private static string[] Rules(string saved) => [.. saved.Split('\n').Where(line => !line.StartsWith('#'))];
}
