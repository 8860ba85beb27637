using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>A machine whose systemd knows Type=notify-reload, where NetGuard came as an rpm.</summary>
public class NewerSystemdTests(RpmMachine rpm) : IClassFixture<RpmMachine>
{
    private Machine Machine => rpm.Machine;

    [Fact]
    public async Task ItIsReadyOnlyWhenAllIsEnforced()
    {
        Assert.Equal("notify-reload", await Machine.Property("netguard", "Type"));
        await Machine.Output("systemctl", "stop", "netguard");
        await Machine.Output("iptables", "-F");
        await Machine.Output("sysctl", "-q", "-w", "net.ipv4.ip_forward=0");
        await Machine.Output("systemctl", "start", "netguard");
        Assert.Null(await rpm.Fault());
    }

    [Fact]
    public async Task AReloadIsWaitedForAndFailsVisiblyOnABadFile()
    {
        const string more = "/etc/netguard/conf.d/20-more.yaml";
        var pid = await Machine.Property("netguard", "MainPID");
        await Machine.Write(more, "chains: { DOCKER-USER: { rules: [ { name: more, rule: -i eth1 -j DROP } ] } }\n");
        await Machine.Output("systemctl", "reload", "netguard");
        // Nothing is waited for here: it is in force when systemctl returns.
        Assert.Contains("netguard:more", await Machine.Output("iptables", "-S", "DOCKER-USER"), StringComparison.Ordinal);

        await Machine.Write(more, "chains: { DOCKER-USER: { rules: [ { name: more, rule: -i eth1 -j DROP --bogus } ] } }\n");
        var failed = await Machine.Run("systemctl", "reload", "netguard");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Job for netguard.service failed", failed.Errors, StringComparison.Ordinal);
        Assert.Contains($"{more}:1:", await Machine.JournalText("netguard"), StringComparison.Ordinal);

        // The last good one stays in force, in the process that was there before.
        Assert.Equal(("active", pid), (await Machine.Property("netguard", "ActiveState"), await Machine.Property("netguard", "MainPID")));
        await Machine.Output("iptables", "-F", "DOCKER-USER");
        await Machine.Until("iptables -S DOCKER-USER | grep -q netguard:more");

        await Machine.Output("rm", more);
        await Machine.Output("systemctl", "reload", "netguard");
        Assert.DoesNotContain("netguard:more", await Machine.Output("iptables", "-S", "DOCKER-USER"), StringComparison.Ordinal);
        Assert.Null(await rpm.Fault());
    }

    [Fact]
    public async Task AFrozenDaemonIsRestartedByTheWatchdog()
    {
        await Machine.Write("/run/systemd/system/netguard.service.d/impatient.conf", "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\n");
        await Machine.Output("systemctl", "daemon-reload");
        await Machine.Output("systemctl", "restart", "netguard");
        var pid = await Machine.Property("netguard", "MainPID");
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal(pid, await Machine.Property("netguard", "MainPID"));
        await Machine.Output("kill", "-STOP", pid);
        await Machine.Output("iptables", "-F");
        await Machine.Until($"test \"$(systemctl show --value --property=MainPID netguard)\" != {pid} && systemctl is-active netguard");
        await Machine.Until(rpm.Fault, "be as it was declared");
        Assert.Contains("Watchdog timeout", await Machine.JournalText("netguard"), StringComparison.Ordinal);
        await Machine.Output("rm", "-r", "/run/systemd/system/netguard.service.d");
        await Machine.Output("systemctl", "daemon-reload");
        await Machine.Output("systemctl", "restart", "netguard");
    }

    [Fact]
    public async Task TheUnitIsGoodInItsEyes()
    {
        var verified = await Machine.Run("systemd-analyze", "verify", "--man=no", "netguard.service");
        Assert.True(verified.ExitCode == 0 && verified.Errors.Length == 0, verified.Errors);
        var exposure = await Machine.Run("systemd-analyze", "security", "--no-pager", "--threshold=15", "netguard.service");
        Assert.True(exposure.ExitCode == 0, exposure.Output);
    }
}
