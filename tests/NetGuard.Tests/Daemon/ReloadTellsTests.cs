using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>What is nobody's doing is told as such, or tried again.</summary>
public class ReloadTellsTests
{
    private const string Before = """
        interval: 1h
        backend: nft
        families: [ipv4]
        chains:
          FORWARD: { policy: ACCEPT, rules: [ { name: kept, rule: -i eth9 -j DROP } ] }
          OLD: { rules: [ { name: gone, rule: -i eth1 -j DROP } ] }
        """;

    private const string After = """
        interval: 1h
        backend: nft
        families: [ipv4]
        forwarding: { ipv4: on }
        chains:
          FORWARD: { policy: DROP, rules: [ { name: kept, rule: -i eth9 -j DROP } ] }
          OLD: { exclusive: true, rules: [] }
          DOCKER-USER: { rules: [ { name: come, rule: -i eth2 -j DROP } ] }
        """;

    [Fact]
    public async Task WhatFollowsFromAnotherConfigurationIsNoDrift()
    {
        await using var host = await GuardedNetns.Create(Before);
        await using var daemon = await host.Guard();
        await host.Iptables("-A", "OLD", "-j", "RETURN");
        var said = daemon.Lines.Count;
        host.Declare(After);
        daemon.Send(Signal.Hangup);
        var followed = await daemon.WaitForLine(line => line.Contains("configuration followed", StringComparison.Ordinal), said);
        foreach (var part in new[] { "come", "FORWARD DROP", "the chain DOCKER-USER", "the way to DOCKER-USER", "net.ipv4.ip_forward = 1", "gone: gone, -j RETURN" })
        {
            Assert.Contains(part, followed, StringComparison.Ordinal);
        }

        // Back again, while somebody does take something away: that is his doing.
        daemon.Send(Signal.Stop);
        await host.Iptables("-D", "FORWARD", "1");
        await host.Iptables("-D", "FORWARD", "1");
        host.Declare(Before);
        daemon.Send(Signal.Hangup);
        daemon.Send(Signal.Continue);
        await daemon.WaitForLine(line => line.Contains("configuration followed: in force: ", StringComparison.Ordinal)
            && line.Contains("; gone: ", StringComparison.Ordinal) && line[line.IndexOf("; gone: ", StringComparison.Ordinal)..].Contains("come", StringComparison.Ordinal), said); // Perhaps the way to DOCKER-USER, too, if it was put back first.
        await daemon.WaitForLine(line => line.Contains("missing: ipv4 FORWARD kept", StringComparison.Ordinal), said);
        var repaired = daemon.Lines.Skip(said).Where(line => line.Text.Contains("repaired", StringComparison.Ordinal)).ToList();
        Assert.All(repaired, line => Assert.True(line.Text.Contains("missing: ipv4 FORWARD kept", StringComparison.Ordinal) || line.Text.Contains("unreachable", StringComparison.Ordinal), line.Text));
    }

    [Fact]
    public async Task ARuleWhoseSetReturnsIsBackLongBeforeTheInterval()
    {
        await using var host = await GuardedNetns.Create("interval: 1h\nbackend: nft\nfamilies: [ipv4]\nchains:\n  FORWARD: { rules: [ { name: banned, rule: -m set --match-set banned src -j DROP } ] }\n");
        await using var daemon = await host.Guard();
        await daemon.WaitForLine(line => line.Contains("drift unavailable: ipv4 FORWARD banned", StringComparison.Ordinal));
        await host.Netns.Output("ipset", ["create", "banned", "hash:ip"]);
        await daemon.WaitForLine(line => line.Contains("in sync again", StringComparison.Ordinal));
        Assert.Contains("--match-set banned src", await host.Save(), StringComparison.Ordinal);
        Assert.Single(daemon.Lines, line => line.Text.Contains("not repaired", StringComparison.Ordinal));
    }
}
