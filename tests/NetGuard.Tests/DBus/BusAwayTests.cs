using NetGuard.Tests.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>The guarding does without a bus.</summary>
public class BusAwayTests
{
    [Fact]
    public async Task ABusThatIsRestartedIsFoundAgain()
    {
        await using var host = await ControlledNetns.Create();
        var said = host.Daemon.Lines.Count;
        await host.Bus.Kill();
        await host.Says("off the system bus, trying again: ", said);
        await host.Flush();
        await host.Says("repaired missing", said);
        var status = await host.Netguard("status");
        Assert.Equal((3, ""), (status.ExitCode, status.Output));

        await host.Bus.StartAgain();
        await host.Says("on the system bus: ", said);
        Assert.Equal("ok", await host.State());
        Assert.Single(host.Daemon.Lines.Skip(said), line => line.Text.Contains("off the system bus", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ACommandWaitsForADaemonThatIsAboutToTakeItsName()
    {
        await using var host = await ControlledNetns.Create();
        await host.Bus.Kill();
        await host.Bus.StartAgain();
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task WithoutAnyBusItGuardsAllTheSame()
    {
        await using var host = await GuardedNetns.Create(ControlledNetns.Config);
        const string nowhere = "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/netguard-no-such-bus";
        await using var daemon = host.Netns.Start("env", [nowhere, NetguardBinary.Path, "daemon", "--config", host.ConfigPath], isAskedFirst: true);
        await daemon.WaitForLine(line => line.Contains("not on the system bus, trying again: ", StringComparison.Ordinal));
        Assert.Contains(daemon.Lines, line => line.Text.Contains("guarding;", StringComparison.Ordinal));
        await host.Iptables("-F");
        await daemon.WaitForLine(line => line.Contains("repaired missing", StringComparison.Ordinal));
        foreach (var command in new[] { "status", "watch", "pause 10m", "resume", "reload" })
        {
            var result = await host.Netns.Run("env", [nowhere, NetguardBinary.Path, .. command.Split(' ')]);
            Assert.Equal((3, ""), (result.ExitCode, result.Output));
            Assert.StartsWith("netguard: the daemon cannot be asked: no connection to the system bus", result.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task WithoutADaemonTheCommandsSaySoAndEndWithThree()
    {
        await using var bus = await OwnBus.Start();
        await using var netns = await Netns.Create();
        foreach (var command in new[] { "status", "status --json", "watch", "pause 10m", "resume", "reload" })
        {
            var result = await netns.Run("env", [bus.Variable, NetguardBinary.Path, .. command.Split(' ')]);
            Assert.Equal((3, ""), (result.ExitCode, result.Output));
            Assert.Equal("netguard: the daemon is not running, or is not on the system bus (systemctl start netguard)\n", result.Errors);
        }
    }

    [Fact]
    public async Task ANameThatAnotherHasIsLeftToIt()
    {
        await using var host = await ControlledNetns.Create();
        await using var elsewhere = await GuardedNetns.Create(ControlledNetns.Config);
        await using var second = elsewhere.Netns.Start("env", [host.Bus.Variable, NetguardBinary.Path, "daemon", "--config", elsewhere.ConfigPath], isAskedFirst: true);
        await second.WaitForLine(line => line.Contains("another process has the name org.netguard.NetGuard1", StringComparison.Ordinal));
        Assert.Equal("ok", await host.State());
        await host.Daemon.Stop();
        await second.WaitForLine(line => line.Contains("on the system bus: ", StringComparison.Ordinal));
    }
}
