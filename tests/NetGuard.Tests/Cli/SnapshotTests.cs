using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>What snapshot prints is a configuration under which nothing differs, on any host.</summary>
public sealed class SnapshotTests : IAsyncLifetime
{
    private readonly ConfigDir _files = new();
    private Netns _netns = null!;

    public static TheoryData<string, Backend> Layouts => new MatrixTheoryData<string, Backend>(
        Directory.GetFiles(Path.GetDirectoryName(Netns.LayoutPath("x"))!, "*.rules").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
        Enum.GetValues<Backend>());

    public async ValueTask InitializeAsync() => _netns = await Netns.Create();

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task ALayoutOfDockersIsItsOwnConfiguration(string layout, Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, layout);
        if (File.Exists(Netns.LayoutPath(layout + "6")))
        {
            await _netns.LoadLayout(backend, Family.Ipv6, layout + "6");
        }

        Assert.Contains($"backend: {backend.Name()}\n", await IsItsOwnConfiguration(), StringComparison.Ordinal);
        await IsItsOwnConfiguration("--all");
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task AnOddHostIsItsOwnConfiguration(Backend backend)
    {
        await _netns.Output("ipset", ["create", "web", "hash:ip"]);
        await _netns.Output("ipset", ["create", "web6", "hash:ip", "family", "inet6"]);
        await _netns.Restore(backend, Family.Ipv4, """
            *filter
            :FORWARD DROP [5:300]
            :DOCKER-USER - [0:0]
            :EMPTY - [0:0]
            :on - [0:0]
            [1:2] -A FORWARD -m comment --comment "it's \"quoted\" \\ ünïcödé # $(x) : !" -j on
            -A FORWARD -i eth0 -j LOG --log-prefix "[fw] 'x': #"
            -A FORWARD -s 1.2.3.4/32 -j ACCEPT
            -A FORWARD -s 1.2.3.4/32 -j ACCEPT
            -A FORWARD -m comment --comment "netguard:mine" -s 10.0.0.0/8 -j ACCEPT
            -A FORWARD -m comment --comment "netguard:r-1234abcd" -s 10.1.0.0/16 -m comment --comment "second" -j ACCEPT
            -A FORWARD -m set --match-set web src -j ACCEPT
            -A FORWARD -p tcp -m multiport --dports 80,443 -m limit --limit 5/min -j REJECT --reject-with tcp-reset
            -A FORWARD -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0xffffffff
            -A FORWARD -m string --string "a b\"c" --algo bm --to 65535 -j DROP
            -A FORWARD -m time --timestart 10:00:00 --timestop 11:00:00 -j DROP
            -A FORWARD -f -j DROP
            -A FORWARD -i br-+ -o eth+ -g EMPTY
            -A DOCKER-USER -i eth0 -j RETURN
            -A on -j RETURN
            COMMIT

            """);
        await _netns.Restore(backend, Family.Ipv6, "*filter\n:FORWARD ACCEPT [0:0]\n:ONLY6 - [0:0]\n-A FORWARD -m set --match-set web6 src -j ONLY6\n-A FORWARD -m comment --comment netguard:mine -j ACCEPT\nCOMMIT\n");
        await _netns.Output("nft", ["-f", "-"], "table inet mine { chain c { type filter hook forward priority 5; ip saddr 1.2.3.4 drop; }\n}\n");
        await _netns.SetSysctl("net.ipv6.conf.all.forwarding", "1");
        var snapshot = await IsItsOwnConfiguration();
        Assert.Contains("policy: { ipv4: DROP, ipv6: ACCEPT }", snapshot, StringComparison.Ordinal);
        Assert.Contains("name: mine", snapshot, StringComparison.Ordinal);
        Assert.Contains("# DOCKER-USER has rules in ipv4 that no packet gets to in time.", snapshot, StringComparison.Ordinal);
        Assert.Contains("  ipv4: off\n  ipv6: on\n", snapshot, StringComparison.Ordinal);
        await IsItsOwnConfiguration("--all");
    }

    [Fact]
    public async Task WhatNetGuardPutThereIsItsOwnConfiguration()
    {
        await _netns.LoadLayout(Backend.Nft, Family.Ipv4, DockerHost.Layout);
        var config = _files.Write("netguard.yaml", """
            chains:
              FORWARD: { policy: DROP, rules: [ { name: last, rule: -j DROP, position: bottom } ] }
              DOCKER-USER: { rules: [ { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP, family: ipv4 }, -i eth1 -j DROP ] }
            """);
        (await _netns.Netguard("apply", "--config", config)).Succeeded();
        var snapshot = await IsItsOwnConfiguration();
        Assert.Contains("name: only-8.8.8.8", snapshot, StringComparison.Ordinal);
        Assert.DoesNotContain("reach-", snapshot, StringComparison.Ordinal);
        Assert.Equal(0, (await _netns.Netguard("diff", "--config", config)).ExitCode);
    }

    [Fact]
    public async Task RulesThatCannotBeDeclaredAreLeftOutAndKeepTheirPlace()
    {
        await _netns.Restore(Backend.Nft, Family.Ipv4, "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 1.1.1.1/32 -j DROP\n-A FORWARD\n-A FORWARD -s 2.2.2.2/32 -j DROP\nCOMMIT\n");
        Assert.Contains("# left out, since it cannot be declared: a rule without match and target\n", await IsItsOwnConfiguration(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATableWithNativeRulesIsSaidToBeUnreadableNotGuessedAt()
    {
        await _netns.LoadLayout(Backend.Nft, Family.Ipv4, DockerHost.Layout);
        await _netns.Output("nft", ["-f", "-"], "table ip nat { chain PREROUTING { ct state invalid drop; }\n}\n");
        var snapshot = await IsItsOwnConfiguration("--all");
        Assert.Contains("# left out, ipv4 nat: it holds native nftables rules, which iptables cannot show\n", snapshot, StringComparison.Ordinal);
        Assert.DoesNotContain("  nat/", snapshot, StringComparison.Ordinal);
        Assert.Contains("  FORWARD:", snapshot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEmptyHostIsItsOwnConfiguration()
    {
        await IsItsOwnConfiguration();
        await IsItsOwnConfiguration("--all");
    }

    [Fact]
    public async Task JsonHasEachChainOfEachFamily()
    {
        await _netns.LoadLayout(Backend.Nft, Family.Ipv4, DockerHost.Layout);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "DOCKER-USER", "-m", "comment", "--comment", "netguard:mine", "-j", "DROP");
        var root = JsonDocument.Parse((await _netns.Netguard("snapshot", "--json")).Succeeded().Output).RootElement;
        Assert.Equal(["backend", "chains", "sysctls"], root.EnumerateObject().Select(field => field.Name));
        var forward = root.GetProperty("chains")[0];
        Assert.Equal(["family", "table", "chain", "policy", "rules"], forward.EnumerateObject().Select(field => field.Name));
        Assert.Equal("DROP", forward.GetProperty("policy").GetString());
        var user = root.GetProperty("chains").EnumerateArray().Single(chain => chain.GetProperty("chain").GetString() == "DOCKER-USER");
        Assert.False(user.TryGetProperty("policy", out _));
        Assert.Equal("""{"text":"-j DROP","owner":"mine"}""", JsonSerializer.Serialize(user.GetProperty("rules")[1]));
        Assert.Equal("0", root.GetProperty("sysctls").GetProperty("net.ipv4.ip_forward").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private async Task<string> IsItsOwnConfiguration(params string[] options)
    {
        var before = await _netns.World();
        var snapshot = (await _netns.Netguard(["snapshot", .. options])).Succeeded().Output;
        var path = _files.Write($"{Guid.NewGuid()}.yaml", snapshot);
        var diff = await _netns.Netguard("diff", "--config", path);
        Assert.True(diff.ExitCode == 0, $"{diff.Errors}\n{diff.Output}\n{snapshot}");
        var apply = (await _netns.Netguard("apply", "--config", path)).Succeeded();
        Assert.StartsWith("in sync: 0 repaired, 0 remaining, ", apply.Output, StringComparison.Ordinal);
        Assert.Equal(before, await _netns.World());
        return snapshot;
    }
}
