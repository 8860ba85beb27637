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
