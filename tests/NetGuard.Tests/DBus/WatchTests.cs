using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>What happens is told as it happens.</summary>
public class WatchTests
{
    [Fact]
    public async Task EachEventIsALine()
    {
        await using var host = await ControlledNetns.Create();
        await using var watch = host.Host.Netns.Start("env", [host.Bus.Variable, NetguardBinary.Path, "watch"]);
        await watch.WaitForLine(line => line.EndsWith(" state ok", StringComparison.Ordinal));
        await host.Flush();
        var repaired = await watch.WaitForLine(line => line.Contains(" repaired missing: ipv4 DOCKER-USER only-8.8.8.8: ", StringComparison.Ordinal));
        // A program that has ended before anybody looked is named less well, and that is not what this is about.
        Assert.Matches(@"^\d\d:\d\d:\d\d repaired missing: .*; by (iptables|unknown).*$", repaired);
        Assert.Contains(watch.Lines, line => line.Text.Contains(" drift missing: ipv4 DOCKER-USER only-8.8.8.8", StringComparison.Ordinal));
        (await host.Netguard("pause", "1h")).Succeeded();
        await watch.WaitForLine(line => line.EndsWith(" state paused, was ok", StringComparison.Ordinal));
        await host.Daemon.Stop();
        await watch.WaitForLine(line => line.Contains("the daemon is gone", StringComparison.Ordinal));
        await host.StartDaemon();
        await watch.WaitForLine(line => line.Contains("the daemon has started", StringComparison.Ordinal));
        Assert.DoesNotContain(watch.Lines, line => line.IsError || line.Text.Contains('\e', StringComparison.Ordinal));
        watch.Send(Signal.Interrupt);
        Assert.Equal(0, await watch.WaitForExit());
    }

    [Fact]
    public async Task ForProgramsEachLineIsAnObject()
    {
        await using var host = await ControlledNetns.Create();
        await using var watch = host.Host.Netns.Start("env", [host.Bus.Variable, NetguardBinary.Path, "watch", "--json"]);
        await watch.WaitForLine(line => line.Contains("\"state\":\"ok\"", StringComparison.Ordinal));
        await host.Flush();
        var line = await watch.WaitForLine(line => line.Contains("\"event\":\"repaired\"", StringComparison.Ordinal) && line.Contains("only-8.8.8.8", StringComparison.Ordinal));
        using var repaired = JsonDocument.Parse(line);
        Assert.Equal("DOCKER-USER", repaired.RootElement.GetProperty("drift").GetProperty("chain").GetString());
        Assert.All(watch.Lines, one => JsonDocument.Parse(one.Text).Dispose());
    }

    [Fact]
    public async Task OnATerminalItIsALiveTable()
    {
        await using var host = await ControlledNetns.Create();
        await using var watch = host.Host.Netns.Start(
            "script", ["-qec", $"env -u NO_COLOR TERM=xterm {host.Bus.Variable} {NetguardBinary.Path} watch", "/dev/null"]);
        await watch.WaitForLine(line => line.Contains("\e[?1049h", StringComparison.Ordinal));
        await watch.WaitForLine(line => line.Contains("\e[32mok\e[0m since", StringComparison.Ordinal));
        var said = watch.Lines.Count;
        await host.Flush();
        await watch.WaitForLine(line => line.Contains("missing  ", StringComparison.Ordinal) && line.Contains("only-8.8.8.8", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task NobodyElseIsBelieved()
    {
        await using var host = await ControlledNetns.Create();
        await using var watch = host.Host.Netns.Start("env", [host.Bus.Variable, NetguardBinary.Path, "watch"]);
        await watch.WaitForLine(line => line.EndsWith(" state ok", StringComparison.Ordinal));
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        // Connections of a fresh bus have small numbers; the watch's is one of these.
        for (var i = 0; i < 12; i++)
        {
            await nobody.Signal($":1.{i}", "StateChanged", "ss", new Wire().String("forged").String("ok").Bytes);
        }

        (await host.Netguard("pause", "1h")).Succeeded();
        await watch.WaitForLine(line => line.EndsWith(" state paused, was ok", StringComparison.Ordinal));
        Assert.DoesNotContain(watch.Lines, line => line.Text.Contains("forged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AWatchEndsWithWhoeverReadsIt()
    {
        await using var host = await ControlledNetns.Create();
        var piped = await host.Host.Netns.Run("sh", ["-c", $"env {host.Bus.Variable} {NetguardBinary.Path} watch | head -n 1"]);
        Assert.EndsWith(" state ok\n", piped.Succeeded().Output, StringComparison.Ordinal);
    }
}
