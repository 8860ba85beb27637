using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>A reload answers when it is done, with what came of it.</summary>
public class ReloadTests
{
    [Fact]
    public async Task AGoodFileIsInForceWhenTheCommandEnds()
    {
        await using var host = await ControlledNetns.Create();
        host.Host.Declare(ControlledNetns.Config + "\n      - { name: web, rule: -p tcp --dport 80 -j DROP }\n");
        Assert.Equal("configuration reloaded\n", (await host.Netguard("reload")).Succeeded().Output);
        Assert.Contains("netguard:web", await host.Host.Save(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABadFileIsRefusedWithEveryMistakeAndTheLastGoodOneStays()
    {
        await using var host = await ControlledNetns.Create();
        host.Host.Declare("interval: soon\nboo: 1\nchains:\n  DOCKER-USER:\n    rules: [ -p tcp --dport 80 -j NOWHERE=1 ]\n");
        var refused = await host.Netguard("reload");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        var lines = refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length >= 2, refused.Errors);
        Assert.All(lines, line => Assert.StartsWith(host.Host.ConfigPath + ":", line, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":1:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(":2:1:", StringComparison.Ordinal));
        var json = await host.Netguard("reload", "--json");
        Assert.Equal((1, ""), (json.ExitCode, json.Errors));
        using var answer = System.Text.Json.JsonDocument.Parse(json.Output);
        Assert.False(answer.RootElement.GetProperty("reloaded").GetBoolean());
        Assert.Equal(lines.Length, answer.RootElement.GetProperty("mistakes").GetArrayLength());

        await using var root = await RawCaller.Connect(host.Bus, 0);
        Assert.Equal("org.netguard.NetGuard1.Error.BadConfiguration", (await root.Ask("Reload")).Error);
        var said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("repaired missing: ipv4 DOCKER-USER only-8.8.8.8", said);
    }
}
