using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>What is opened while a DROP is missing ends when the DROP is back, and nothing else does.</summary>
public class GapConnectionsTests
{
    private const string Config = """
        interval: 1h
        chains:
          DOCKER-USER:
            rules:
              - { name: established, rule: "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN" }
              - { name: only-v4, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
              - { name: only-v6, rule: "-i eth0 ! -s 2001:db8::8 -j DROP" }
        """;

    private static readonly IPEndPoint Published = IPEndPoint.Parse("198.51.100.1:8080");

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task OnlyWhatWasOpenedInTheGapAndIsForbiddenIsCut(Backend backend)
    {
        await using var bed = await Bed(backend);
        var packets = bed.Packets;

        // Opened when it was allowed: before there was a rule.
        await using var older = await Talk.Open(packets.Stranger, packets.Web, 80, called: Published);
        await using var daemon = bed.StartDaemon();
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        Assert.Equal(Reach.Dropped, await packets.Stranger.Connect(packets.Web, 81));
        await using var allowed = await Talk.Open(packets.Allowed, packets.Web, 82, called: IPEndPoint.Parse("172.17.0.2:82"));

        daemon.Send(Signal.Stop);
        await bed.Iptables("-F", "DOCKER-USER");
        await using var gap = await Talk.Open(packets.Stranger, packets.Web, 83);
        await using var other = await Talk.Open(packets.Stranger, packets.App, 84);
        await using var permitted = await Talk.Open(packets.Allowed, packets.Web, 85);
        await using var outgoing = await Talk.Open(packets.Web, packets.Stranger, 86);
        await using var between = await Talk.Open(packets.App, packets.Web, 87);
        Assert.True(await gap.IsAlive());
        daemon.Send(Signal.Continue);

        var line = await daemon.WaitForLine(line => line.Contains("cut 2 connections", StringComparison.Ordinal));
        Assert.Contains("opened while ipv4 DOCKER-USER only-v4 was missing: tcp 9.9.9.9:", line, StringComparison.Ordinal);
        Assert.True(await gap.IsDead());
        Assert.True(await other.IsDead());
        foreach (var talk in new[] { older, allowed, permitted, outgoing, between })
        {
            Assert.True(await talk.IsAlive());
        }

        // The next gap: what is older still lives.
        daemon.Send(Signal.Stop);
        await bed.Iptables("-D", "FORWARD", "-j", "DOCKER-USER");
        await using var second = await Talk.Open(packets.Stranger, packets.Web, 88);
        daemon.Send(Signal.Continue);
        await daemon.WaitForLine(line => line.Contains("cut 1 connections", StringComparison.Ordinal));
        Assert.True(await second.IsDead());
        Assert.True(await older.IsAlive());
        Assert.True(await outgoing.IsAlive());
    }

    [Fact]
    public async Task TheSameHoldsForIpv6()
    {
        await using var bed = await Bed(Backend.Nft);

        // The kernel tracks IPv6 while some rule asks for it: here one that stays.
        await bed.Router.Iptables(Backend.Nft, Family.Ipv6, "-A", "FORWARD", "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT");
        await using var daemon = bed.StartDaemon();
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        daemon.Send(Signal.Stop);
        await bed.Router.Iptables(Backend.Nft, Family.Ipv6, "-F", "DOCKER-USER");
        await using var gap = await Talk.Open(bed.Packets.Stranger, bed.Packets.Web, 83, Family.Ipv6);
        await using var permitted = await Talk.Open(bed.Packets.Allowed, bed.Packets.Web, 84, Family.Ipv6);
        daemon.Send(Signal.Continue);
        var line = await daemon.WaitForLine(line => line.Contains("cut 1 connections", StringComparison.Ordinal));
        Assert.Contains("tcp [2001:db8::9]:", line, StringComparison.Ordinal);
        Assert.True(await gap.IsDead());
        Assert.True(await permitted.IsAlive());
    }

    [Fact]
    public async Task WhatCannotBeToldIsLeftAloneAndSaid()
    {
        await using var bed = await Bed(Backend.Nft);
        await bed.Router.Ip("rule add fwmark 7 lookup 7");
        await using var daemon = bed.StartDaemon();
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        daemon.Send(Signal.Stop);
        await bed.Iptables("-F", "DOCKER-USER");
        await using var gap = await Talk.Open(bed.Packets.Stranger, bed.Packets.Web, 83);
        daemon.Send(Signal.Continue);
        await daemon.WaitForLine(line => line.Contains("ipv4 connections may have been opened while ipv4 DOCKER-USER only-v4 was missing", StringComparison.Ordinal));
        Assert.True(await gap.IsAlive());

        // Once, however often it happens.
        for (var i = 0; i < 3; i++)
        {
            daemon.Send(Signal.Stop);
            await bed.Iptables("-F", "DOCKER-USER");
            await using var another = await Talk.Open(bed.Packets.Stranger, bed.Packets.Web, 84 + i);
            var since = daemon.Lines.Count;
            daemon.Send(Signal.Continue);
            await daemon.WaitForLine(line => line.Contains("only-v4", StringComparison.Ordinal), since);
        }

        await daemon.Stop();
        Assert.Single(daemon.Lines, line => line.Text.Contains("may have been opened", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhatDockersRulesLetThroughIsNotCutForAPolicy(Backend backend)
    {
        await using var bed = await Cases.GuardedBed.Create(backend, Config + "\n  FORWARD: { policy: DROP }");
        var packets = bed.Packets;

        // In a chain that nothing declared depends on.
        await bed.Iptables("-I", "DOCKER", "-d", "172.17.0.2", "-p", "tcp", "--dport", "81:84", "-j", "ACCEPT");
        await using var daemon = bed.StartDaemon();
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        await using var before = await Talk.Open(packets.Allowed, packets.Web, 81);
        Assert.Equal(Reach.Dropped, await packets.Allowed.Connect(packets.Web, 85));

        // The policy stands: only what the rule forbids is cut.
        daemon.Send(Signal.Stop);
        await bed.Iptables("-F", "DOCKER-USER");
        await using var strange = await Talk.Open(packets.Stranger, packets.Web, 82);
        await using var allowed = await Talk.Open(packets.Allowed, packets.Web, 83);
        daemon.Send(Signal.Continue);
        await daemon.WaitForLine(line => line.Contains("cut 1 connections", StringComparison.Ordinal) && line.Contains("tcp 9.9.9.9:", StringComparison.Ordinal));
        Assert.True(await strange.IsDead());

        // The policy is gone: what only it forbids is cut.
        daemon.Send(Signal.Stop);
        await bed.Iptables("-P", "FORWARD", "ACCEPT");
        await using var direct = await Talk.Open(packets.Allowed, packets.Web, 85);
        await using var again = await Talk.Open(packets.Allowed, packets.Web, 84);
        var since = daemon.Lines.Count;
        daemon.Send(Signal.Continue);
        await daemon.WaitForLine(line => line.Contains("cut 1 connections", StringComparison.Ordinal), since);
        Assert.True(await direct.IsDead());
        foreach (var talk in new[] { before, allowed, again })
        {
            Assert.True(await talk.IsAlive());
        }

        await daemon.Stop();
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("may have been opened", StringComparison.Ordinal));
    }

    // A bridge reports to its groups as soon as it is up; the kernel tracks that as a connection of 0.0.0.0's with 224.0.0.22.
    [Fact]
    public async Task WhatTheHostSaysToItsLinkIsNoConnectionOfTheGap()
    {
        await using var guarded = await GuardedNetns.Create($"backend: nft\n{Config}");
        await guarded.Netns.Run("sh", ["-c", "iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT; ip link add eth0 type bridge; ip link set eth0 up"]);
        await using var daemon = await guarded.Guard();
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end;)
        {
            if ((await guarded.Netns.Run("cat", ["/proc/net/nf_conntrack"])).Output.Contains("dst=224.0.0.22", StringComparison.Ordinal))
            {
                break;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
            await guarded.Netns.Run("sh", ["-c", "ip link set eth0 down; ip link set eth0 up"]);
        }

        for (var i = 0; i < 2; i++)
        {
            var since = daemon.Lines.Count;
            await guarded.Iptables("-F", "DOCKER-USER");
            await daemon.WaitForLine(line => line.Contains("only-v4", StringComparison.Ordinal), since);
        }

        await daemon.Stop();
        Assert.Contains("dst=224.0.0.22", (await guarded.Netns.Run("cat", ["/proc/net/nf_conntrack"])).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("may have been opened", StringComparison.Ordinal));
    }

    private static async Task<Cases.GuardedBed> Bed(Backend backend)
    {
        var bed = await Cases.GuardedBed.Create(backend, Config);

        // The layout's last rule keeps containers apart and its policy drops what is not published: here all ports of both are open.
        await bed.Iptables("-I", "DOCKER", "-j", "ACCEPT");
        await bed.Iptables("-D", "FORWARD", "-i", "docker0", "-o", "docker0", "-j", "DROP");
        return bed;
    }
}
