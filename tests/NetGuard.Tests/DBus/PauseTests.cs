using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>Nothing is repaired for a while, and everybody can know it.</summary>
public class PauseTests
{
    [Fact]
    public async Task DuringAPauseDriftIsToldOfAndLeftAndRepairedAtItsEnd()
    {
        await using var host = await ControlledNetns.Create();
        var paused = (await host.Netguard("pause", "10m")).Succeeded();
        Assert.Matches(@"^paused until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d: drift is told of and not repaired", paused.Output);
        Assert.Matches(@"paused until .*, by .* \(pid \d+\), uid 0: drift is told of and not repaired", await host.Says("paused until"));
        var said = host.Daemon.Lines.Count;
        await host.Flush();
        Assert.EndsWith("; not repaired: paused", await host.Says("drift missing: ipv4 DOCKER-USER only-8.8.8.8", said), StringComparison.Ordinal);
        var status = (await host.NetguardAsNobody("status")).Succeeded().Output;
        Assert.StartsWith("paused since ", status, StringComparison.Ordinal);
        Assert.Contains("\nDiffers now:\n", status, StringComparison.Ordinal);

        // Neither a reload nor a check that somebody asks for is a way around it.
        (await host.Netguard("reload")).Succeeded();
        await using (var root = await RawCaller.Connect(host.Bus, 0))
        {
            Assert.Equal(2, (await root.Ask("Reconcile")).Type);
        }

        Assert.False(await host.IsProtected());
        Assert.Equal("resumed: everything has been checked\n", (await host.Netguard("resume")).Succeeded().Output);
        Assert.True(await host.IsProtected());
        Assert.Equal("ok", await host.State());
        Assert.Equal("it was not paused\n", (await host.Netguard("resume")).Succeeded().Output);
    }

    [Fact]
    public async Task FromTheMomentThatAPauseIsAnsweredNothingIsPutBackHoweverSoonSomebodyComes()
    {
        await using var host = await ControlledNetns.Create();
        for (var i = 0; i < 5; i++)
        {
            // A flush is what first aid would answer at once, before any check.
            (await host.Netguard("pause", "10m")).Succeeded();
            var said = host.Daemon.Lines.Count;
            await host.Flush();
            await host.Says("not repaired: paused", said);
            Assert.False(await host.IsProtected());
            await host.Host.Iptables("-A", "DOCKER-USER", "-i", "somebody", "-j", "ACCEPT");
            await host.Flush();
            Assert.False(await host.IsProtected());
            (await host.Netguard("resume")).Succeeded();
            Assert.True(await host.IsProtected());
        }
    }

    [Fact]
    public async Task APauseEndsByItself()
    {
        await using var host = await ControlledNetns.Create();
        (await host.Netguard("pause", "2s")).Succeeded();
        var said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("the pause is over", said);
        await host.Says("repaired missing", said);
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task APauseOutlivesTheDaemonAndItsEndDoesNotMove()
    {
        await using var host = await ControlledNetns.Create();
        (await host.Netguard("pause", "1h")).Succeeded();
        var until = await Until(host);
        host.Daemon.Send(Signal.Kill);
        await host.Daemon.WaitForExit();
        await host.Flush();
        await host.StartDaemon();
        await host.Says("still paused until");
        await host.Says("on the system bus: ");
        Assert.InRange((await Until(host) - until).TotalSeconds, -2, 2);
        Assert.Equal("paused", await host.State());
        Assert.False(await host.IsProtected());
        (await host.Netguard("resume")).Succeeded();
        Assert.True(await host.IsProtected());

        // What was ended stays ended.
        await host.Daemon.Stop();
        await host.StartDaemon();
        await host.Says("on the system bus: ");
        Assert.Equal("ok", await host.State());
    }

    [Fact]
    public async Task APauseThatRanOutWhileNoDaemonRanIsOver()
    {
        await using var host = await ControlledNetns.Create();
        (await host.Netguard("pause", "1s")).Succeeded();
        host.Daemon.Send(Signal.Kill);
        await host.Daemon.WaitForExit();
        await host.Flush();
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        await host.StartDaemon();
        Assert.True(await host.IsProtected());
        Assert.DoesNotContain(host.Daemon.Lines, line => line.Text.Contains("paused", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0", "\"0\" is without a unit (did you mean 0s)")]
    [InlineData("10", "\"10\" is without a unit (did you mean 10s)")]
    [InlineData("0s", "\"0s\" is too short (expected at least 1s)")]
    [InlineData("25h", "\"25h\" is too long (expected at most 24h)")]
    [InlineData("1500ms", "\"1500ms\" is not in whole seconds")]
    [InlineData("soon", "\"soon\" is not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("", "\"\" is not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    public async Task AWrongDurationIsRefusedBeforeAnybodyIsAsked(string duration, string complaint)
    {
        var result = await Programs.Run(NetguardBinary.Path, ["pause", duration]);
        Assert.Equal((1, "", $"netguard pause: {complaint}\n"), (result.ExitCode, result.Output, result.Errors));
    }

    private static async Task<DateTimeOffset> Until(ControlledNetns host)
    {
        using var status = System.Text.Json.JsonDocument.Parse((await host.Netguard("status", "--json")).Succeeded().Output);
        return status.RootElement.GetProperty("paused_until").GetDateTimeOffset();
    }
}
