using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Xtables;

public class LegacyLockTests
{
    [Fact]
    public async Task ARepairWaitsUntilAnotherProgramLetsTheLockGo()
    {
        await using var netns = await Netns.Create();
        using var files = new ConfigDir();
        var config = files.Write("netguard.yaml", "backend: legacy\nchains: { FORWARD: { policy: DROP } }\n");
        await netns.Iptables(Backend.Legacy, Family.Ipv4, "-P", "FORWARD", "ACCEPT"); // The lock's file is there from now on.
        await using var holder = netns.Start("flock", ["/run/xtables.lock", "sh", "-c", "echo held; sleep 1.5; echo free"]);
        await holder.WaitForLine(line => line == "held");
        var result = await netns.Netguard("apply", "--config", config);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(holder.Lines, line => line.Text == "free");
        Assert.Contains(":FORWARD DROP", await netns.Save(Backend.Legacy, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryingRulesDoesNotTakeTheHostsLock()
    {
        await using var netns = await Netns.Create();
        using var files = new ConfigDir();
        var config = files.Write("netguard.yaml", "backend: legacy\nchains: { FORWARD: { rules: [ -i eth0 -j DROP ] } }\n");
        await netns.Iptables(Backend.Legacy, Family.Ipv4, "-S");
        await using var holder = netns.Start("flock", ["/run/xtables.lock", "sh", "-c", "echo held; sleep 30"]);
        await holder.WaitForLine(line => line == "held");
        Assert.Equal(0, (await netns.Netguard("check", "--config", config)).ExitCode);
        Assert.False(holder.HasExited);
    }
}
