using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

public sealed class DiffTests : IAsyncLifetime
{
    // Of each kind of drift that can be on one host.
    private const string Configuration = """
        forwarding:
          ipv4: on
          interfaces: { docker0: off }
        sysctls: { net.ipv4.ip_local_port_range: 32768 60000, net.ipv4.conf.nosuchif.forwarding: 1 }
        chains:
          FORWARD:
            policy: DROP
            rules:
              - { name: last, rule: "-m comment --comment \"it's the $(last) one\" -j DROP", position: bottom }
          DOCKER-USER:
            rules:
              - { name: first, rule: -i eth0 ! -s 8.8.8.8 -j DROP, family: ipv4 }
              - { name: second, rule: "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN" }
          OURS:
            exclusive: true
            rules:
              - -p tcp --dport http -j ACCEPT
          nat/POSTROUTING:
            rules:
              - { name: vpn, rule: -s 10.8.0.0/24 -j MASQUERADE }
        """;

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task ThePlanByHandLeadsWhereApplyLeads(Backend backend)
    {
        await using var other = await Netns.Create();
        await Disturb(_netns, backend);
        await Disturb(other, backend);
        var diff = await _netns.Netguard("diff", "--config", _config);
        Assert.Equal(2, diff.ExitCode);
        await _netns.Output("sh", ["-e"], Plan.Of(diff));
        await other.Netguard("apply", "--config", _config);
        Assert.Equal(await other.World(), await _netns.World());
        Assert.Contains("-A OURS ", await _netns.Save(backend, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DiffChangesNothing()
    {
        await Disturb(_netns, Backend.Nft);
        var before = await _netns.World();
        await using var monitor = _netns.Start("nft", ["monitor"]);
        await Marker("before", monitor);
        var seen = monitor.Lines.Count;
        Assert.Equal(2, (await _netns.Netguard("diff", "--config", _config)).ExitCode);
        Assert.Equal(before, await _netns.World());
        await Marker("after", monitor);

        // Not even a commit that changes nothing: every new generation is the marker's, whose name nft's monitor tells.
        Assert.All(
            monitor.Lines.Skip(seen).Where(line => line.Text.StartsWith("# new generation", StringComparison.Ordinal)),
            line => Assert.EndsWith("(nft)", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DiffTellsEachDriftOnceAsPeopleAndProgramsReadIt()
    {
        await Disturb(_netns, Backend.Nft);
        var text = await _netns.Netguard("diff", "--config", _config);
        Assert.Equal(("", 2), (text.Errors, text.ExitCode));
        Assert.StartsWith("KIND ", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text.Output);
        var json = await _netns.Netguard("diff", "--json", "--config", _config);
        Assert.Equal(("", 2), (json.Errors, json.ExitCode));
        var root = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(["in_sync", "backend", "drifts", "waiting", "plan", "warnings"], root.EnumerateObject().Select(field => field.Name));
        Assert.False(root.GetProperty("in_sync").GetBoolean());
        Assert.Equal("nft", root.GetProperty("backend").GetString());
        Assert.Equal(Plan.Of(text).Split('\n', StringSplitOptions.RemoveEmptyEntries), root.GetProperty("plan").EnumerateArray().Select(line => line.GetString()));
        var drifts = root.GetProperty("drifts").EnumerateArray().ToList();
        string[] kinds = ["missing", "policy", "chain-missing", "unreachable", "foreign", "stale", "sysctl", "unavailable"];
        Assert.Equal(kinds.Order(), drifts.Select(drift => drift.GetProperty("kind").GetString()!).Distinct().Order());
        Assert.Equal(
            ["kind", "family", "table", "chain", "rule", "expected"],
            drifts.First(drift => Is(drift, "missing")).EnumerateObject().Select(field => field.Name));
        var setting = drifts.Single(drift => Is(drift, "sysctl") && drift.GetProperty("sysctl").GetString() == "net.ipv4.ip_forward");
        Assert.Equal(("1", "0"), (setting.GetProperty("expected").GetString(), setting.GetProperty("actual").GetString()));

        static bool Is(JsonElement drift, string kind) => drift.GetProperty("kind").GetString() == kind;
    }

    [Fact]
    public async Task DiffOfAHostInSyncIsZero()
    {
        var config = _files.Write("sync.yaml", "forwarding: { ipv4: off }\nchains:\n  FORWARD: { policy: ACCEPT }\n");
        var text = (await _netns.Netguard("diff", "--config", config)).Succeeded();
        Assert.Equal("in sync (iptables-nft)\n", text.Output);
        var root = JsonDocument.Parse((await _netns.Netguard("diff", "--json", "--config", config)).Succeeded().Output).RootElement;
        Assert.True(root.GetProperty("in_sync").GetBoolean());
        Assert.Equal(0, root.GetProperty("drifts").GetArrayLength() + root.GetProperty("plan").GetArrayLength());
    }

    [Fact]
    public async Task WhatCannotBeReadIsNoDriftAndNoSuccess()
    {
        await _netns.Output("nft", ["-f", "-"], "table ip filter { chain FORWARD { type filter hook forward priority filter; ct state invalid drop; }\n}\n");
        var before = await _netns.World();
        var diff = await _netns.Netguard("diff", "--config", _files.Write("filter.yaml", "chains:\n  FORWARD: { rules: [ -j DROP ] }\n"));
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("unreadable  ipv4", diff.Output, StringComparison.Ordinal);
        Assert.Contains("native nftables rules", diff.Output, StringComparison.Ordinal);
        var apply = await _netns.Netguard("apply", "--config", _files.Write("filter4.yaml", "families: [ipv4]\nchains:\n  FORWARD: { rules: [ -j DROP ] }\n"));
        Assert.Equal(1, apply.ExitCode);
        Assert.Equal(before, await _netns.World());
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private static async Task Disturb(Netns netns, Backend backend)
    {
        await netns.LoadLayout(backend, Family.Ipv4, DockerHost.Layout);
        await netns.AddBridge("docker0");
        await netns.SetSysctl("net.ipv4.conf.docker0.forwarding", "1");
        foreach (var family in Enum.GetValues<Family>())
        {
            await netns.Iptables(backend, family, "-N", "OURS");
            await netns.Iptables(backend, family, "-A", "OURS", "-p", "udp", "-m", "comment", "--comment", "a stranger's `x` $(y)", "-j", "DROP");
            await netns.Iptables(backend, family, "-A", "FORWARD", "-m", "comment", "--comment", "netguard:former", "-j", "ACCEPT");
        }

        await netns.Iptables(backend, Family.Ipv4, "-P", "FORWARD", "ACCEPT");
        await netns.Iptables(backend, Family.Ipv4, "-D", "FORWARD", "-j", "DOCKER-USER");
    }

    // The monitor may not listen yet.
    private async Task Marker(string name, RunningProgram monitor)
    {
        do
        {
            await _netns.Output("nft", ["-f", "-"], $"table inet {name} {{ }}\ndelete table inet {name}\n");
        }
        while (!await Heard(monitor, $"delete table inet {name}"));
    }

    private static async Task<bool> Heard(RunningProgram monitor, string text)
    {
        try
        {
            await monitor.WaitForLine(line => line == text, timeout: TimeSpan.FromMilliseconds(500));
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
