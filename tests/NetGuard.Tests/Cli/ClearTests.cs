using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

public sealed class ClearTests : IAsyncLifetime
{
    private const string Configuration = """
        chains:
          FORWARD: { rules: [ { name: to-ours, rule: -j OURS } ] }
          OURS: { rules: [ -i eth0 -j DROP, -j INNER ] }
          INNER: { rules: [ -s 10.0.0.0/8 -j RETURN ] }
          SHARED: { rules: [ -i eth1 -j DROP ] }
          WANTED: { rules: [ -i eth2 -j DROP ] }
          DOCKER-USER: { rules: [ -i eth3 -j DROP ] }
          nat/NATTED: { rules: [ -j RETURN ] }
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
    public async Task WhatNetGuardMadeGoesAndAllElseStaysWithItsCounters(Backend backend)
    {
        foreach (var family in Enum.GetValues<Family>())
        {
            await _netns.Restore(backend, family, """
                *filter
                :FORWARD DROP [11:12]
                :DOCKER - [0:0]
                :DOCKER-USER - [0:0]
                :SHARED - [0:0]
                :WANTED - [0:0]
                [1:100] -A FORWARD -j DOCKER-USER
                [2:200] -A FORWARD -i lo -j WANTED
                [3:300] -A FORWARD -i lo -j DOCKER
                [4:400] -A SHARED -p udp -m comment --comment "not netguard:'s" -j DROP
                [5:500] -A DOCKER-USER -j RETURN
                COMMIT
                *nat
                :POSTROUTING ACCEPT [0:0]
                COMMIT

                """);
        }

        var before = await _netns.World();
        (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        Assert.NotEqual(before, await _netns.World());
        var clear = (await _netns.Netguard("clear", "--config", _config)).Succeeded();
        Assert.Contains(" removed; policies and settings stay as they are\n", clear.Output, StringComparison.Ordinal);
        Assert.Equal(before, await _netns.World());
        var again = (await _netns.Netguard("clear", "--config", _config)).Succeeded();
        Assert.Equal("nothing of NetGuard's is there\n", again.Output);
        Assert.Equal("", again.Errors);
    }

    [Fact]
    public async Task RulesInBothVariantsAndFamiliesGo()
    {
        foreach (var backend in Enum.GetValues<Backend>())
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                await _netns.Iptables(backend, family, "-A", "FORWARD", "-m", "comment", "--comment", "netguard:x", "-j", "DROP");
                await _netns.Iptables(backend, family, "-t", "mangle", "-A", "FORWARD", "-m", "comment", "--comment", "netguard:x", "-j", "MARK", "--set-mark", "1");
            }
        }

        var clear = (await _netns.Netguard("clear", "--json", "--config", _config)).Succeeded();
        var removed = JsonDocument.Parse(clear.Output).RootElement.GetProperty("removed").EnumerateArray().Select(line => line.GetString()!).ToList();
        Assert.Equal(8, removed.Count);
        Assert.Contains("ip6tables-legacy -t mangle -D FORWARD -m comment --comment netguard:x -j MARK --set-xmark 0x1/0xffffffff", removed);
        Assert.DoesNotContain("netguard:", await _netns.World(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("chains: [\n")]
    public async Task ABrokenConfigurationDoesNotKeepRulesInPlace(string? text)
    {
        (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        File.Delete(_config);
        if (text is not null)
        {
            _files.Write("netguard.yaml", text);
        }

        var clear = (await _netns.Netguard("clear", "--config", _config)).Succeeded();
        Assert.StartsWith("netguard: chains that NetGuard made stay, for want of a configuration that names them (", clear.Errors, StringComparison.Ordinal);
        var world = await _netns.World();
        Assert.DoesNotContain("netguard:", world, StringComparison.Ordinal);
        Assert.Contains(":OURS - ", world, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LookingForRulesMakesNoTables()
    {
        var before = await _netns.World();
        Assert.Equal("nothing of NetGuard's is there\n", (await _netns.Netguard("clear", "--config", _config)).Succeeded().Output);
        Assert.Equal(before, await _netns.World());
        Assert.Equal("", await _netns.Output("nft", ["list", "ruleset"]));
    }

    [Fact]
    public async Task BesideADaemonThatWouldPutEverythingBackItRefuses()
    {
        await using (var daemon = _netns.StartDaemon(_config))
        {
            await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
            var before = await _netns.World();
            var refused = await _netns.Netguard("clear", "--config", _config);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
            Assert.Equal($"netguard: a daemon (pid {daemon.Pid}) guards this network namespace and would put everything back: stop it first (systemctl stop netguard), then clear\n", refused.Errors);
            Assert.Equal(before, await _netns.World());

            // One that changes nothing is in nobody's way.
            _files.Write("netguard.yaml", $"mode: audit\n{Configuration}");
            daemon.Send(Signal.Hangup);
            await daemon.WaitForLine(line => line.Contains("configuration reloaded", StringComparison.Ordinal));
            var patience = Programs.Patience;
            for (var waited = TimeSpan.Zero; (await _netns.Netguard("clear", "--config", _config)).ExitCode != 0; waited += TimeSpan.FromMilliseconds(200))
            {
                Assert.True(waited < patience);
                await Task.Delay(200, TestContext.Current.CancellationToken); // It is noted a moment later.
            }

            await daemon.Stop();
        }

        Assert.Equal("nothing of NetGuard's is there\n", (await _netns.Netguard("clear", "--config", _config)).Succeeded().Output);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }
}
