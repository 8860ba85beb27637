using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>What the daemon tells of itself, and how it is printed.</summary>
public class StatusTests
{
    [Fact]
    public async Task ADriftIsToldWithItsCulpritAndItsGap()
    {
        await using var host = await ControlledNetns.Create();
        await host.Flush();
        await host.Says("repaired missing");
        var text = (await host.Netguard("status")).Succeeded().Output;
        Assert.Matches(@"^ok since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\d+s\): all that was declared holds\nenforce /.+/netguard\.yaml, iptables-nft\n", text);
        Assert.Matches(@"\nLast drifts, the newest first:\n\d+s ago, repaired after [\d.]+ [mu]?s; done by (iptables|unknown).* \(pid \d+\).*\n(    .*\n)*    missing  +ipv4 DOCKER-USER only-8\.8\.8\.8: ! -s 8\.8\.8\.8/32 ", text);
        Assert.Contains(" ago, repaired; as found at the start\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);

        using var json = JsonDocument.Parse((await host.Netguard("status", "--json")).Succeeded().Output);
        var status = json.RootElement;
        Assert.Equal(("ok", "enforce", "nft"), (status.GetProperty("state").GetString(), status.GetProperty("mode").GetString(), status.GetProperty("backend").GetString()));
        Assert.Equal(0, status.GetProperty("drift").GetArrayLength());
        var drift = status.GetProperty("recent").EnumerateArray().First(one => one.TryGetProperty("by_pid", out _) && one.GetProperty("kind").GetString() == "missing");
        Assert.True(drift.GetProperty("repaired").GetBoolean());
        Assert.Equal("only-8.8.8.8", drift.GetProperty("rule").GetString());
        Assert.StartsWith("iptables", drift.GetProperty("by_comm").GetString(), StringComparison.Ordinal);
        Assert.True(drift.GetProperty("gap_usec").GetInt64() > 0);
        Assert.True(status.GetProperty("drift_count").GetInt64() >= status.GetProperty("repair_count").GetInt64());
    }

    [Fact]
    public async Task EachStateHasItsWord()
    {
        await using var host = await ControlledNetns.Create();
        host.Host.Declare(ControlledNetns.Config + "\n  DOCKER:\n    rules: [ { name: first, rule: -i eth0 -j DROP } ]\n");
        (await host.Netguard("reload")).Succeeded();
        Assert.Equal("waiting", await host.State());
        host.Host.Declare(ControlledNetns.Config + "\n      - { name: set, rule: -m set --match-set nosuchset src -j DROP }\n");
        (await host.Netguard("reload")).Succeeded();
        Assert.Equal("degraded", await host.State());
        Assert.Contains("nosuchset", (await host.Netguard("status")).Output, StringComparison.Ordinal);
        host.Host.Declare("mode: audit\n" + ControlledNetns.Config);
        (await host.Netguard("reload")).Succeeded();
        await host.Flush();
        await host.Says("not repaired: audit mode");
        Assert.Equal("drifted", await host.State());
        (await host.Netguard("pause", "1h")).Succeeded();
        Assert.Equal("paused", await host.State());
    }

    [Fact]
    public async Task AThousandDriftsAreToldInFewWords()
    {
        var rules = string.Concat(Enumerable.Range(0, 1000).Select(i => $"      - {{ name: r{i}, rule: -s 10.1.{i / 250}.{i % 250} -j DROP }}\n"));
        await using var host = await ControlledNetns.Create(ControlledNetns.Config + "\n" + rules);
        var said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("repaired missing: ipv4 DOCKER-USER r999", said);
        using var json = JsonDocument.Parse((await host.Netguard("status", "--json")).Succeeded().Output);
        Assert.True(json.RootElement.GetProperty("drift_count").GetInt64() >= 1000);
        Assert.Equal(50, json.RootElement.GetProperty("recent").GetArrayLength());
        (await host.Netguard("pause", "1h")).Succeeded();
        said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("drift missing: ipv4 DOCKER-USER r999", said);
        using var paused = JsonDocument.Parse((await host.Netguard("status", "--json")).Succeeded().Output);
        Assert.Equal(50, paused.RootElement.GetProperty("drift").GetArrayLength());
        Assert.True(paused.RootElement.GetProperty("drift_left_out").GetInt32() >= 950);
    }

    [Fact]
    public async Task ColourIsForTerminalsOnly()
    {
        await using var host = await ControlledNetns.Create();
        var netguard = $"{host.Bus.Variable} TERM=xterm {NetguardBinary.Path} status";
        Assert.Contains("\e[32mok\e[0m since", (await host.Host.Netns.Run("script", ["-qec", $"env -u NO_COLOR {netguard}", "/dev/null"])).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[3", (await host.Host.Netns.Run("script", ["-qec", $"env NO_COLOR=1 {netguard}", "/dev/null"])).Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', (await host.Host.Netns.Run("env", ["-u", "NO_COLOR", .. netguard.Split(' ')])).Output);
    }
}
