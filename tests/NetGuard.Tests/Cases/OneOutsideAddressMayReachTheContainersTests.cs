using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

public class OneOutsideAddressMayReachTheContainersTests
{
    private const string Config = """
        chains:
          DOCKER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
        """;

    private static readonly IPEndPoint Published = IPEndPoint.Parse("198.51.100.1:8080");

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheDropStandsAboveDockersAcceptsAndDoesSoAgainAfterDockerInsertsMore(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, Config);
        Assert.Equal(Reach.Through, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, called: Published));
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, called: Published));
        Assert.Equal(Reach.Through, await bed.Packets.Allowed.Connect(bed.Packets.Web, 80, called: Published));

        // From 28 on Docker inserts, up to 27 it appends; a published container is an ACCEPT and a translation.
        await bed.Iptables("-I", "DOCKER", "-d", "172.17.0.3/32", "!", "-i", "docker0", "-o", "docker0", "-p", "tcp", "--dport", "81", "-j", "ACCEPT");
        await bed.Iptables("-A", "DOCKER", "-d", "172.17.0.3/32", "!", "-i", "docker0", "-o", "docker0", "-p", "tcp", "--dport", "82", "-j", "ACCEPT");
        await bed.Iptables("-t", "nat", "-A", "DOCKER", "!", "-i", "docker0", "-p", "tcp", "--dport", "8081", "-j", "DNAT", "--to-destination", "172.17.0.3:81");
        var second = IPEndPoint.Parse("198.51.100.1:8081");
        Assert.Equal(Reach.Through, await bed.Packets.Stranger.Connect(bed.Packets.App, 81, called: second));
        Assert.Equal((2, "misplaced"), await bed.Drift());
        var dockers = await bed.Strangers("DOCKER");

        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.App, 81, called: second));
        Assert.Equal(Reach.Through, await bed.Packets.Allowed.Connect(bed.Packets.App, 81, called: second));
        Assert.Contains("only-8.8.8.8", (await bed.Rules("DOCKER"))[0], StringComparison.Ordinal);
        Assert.Equal(dockers.Select(WithoutCounters), (await bed.Strangers("DOCKER")).Select(WithoutCounters));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task NoRuleOfDockersIsLostReorderedOrCountedAnew(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, Config);
        await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, called: Published);
        var before = await Task.WhenAll(new[] { "DOCKER", "FORWARD", "DOCKER-ISOLATION-STAGE-1", "DOCKER-USER" }.Select(chain => bed.Strangers(chain)));
        Assert.Contains(before[0], rule => rule.StartsWith("[1:", StringComparison.Ordinal) || rule.StartsWith("[2:", StringComparison.Ordinal));
        await bed.Apply();
        await bed.Iptables("-D", "DOCKER", "1");
        await bed.Apply();
        await bed.Iptables("-I", "DOCKER", "3", "-j", "ACCEPT");
        await bed.Iptables("-D", "DOCKER", "3");
        await bed.Apply();
        Assert.Equal(before, await Task.WhenAll(new[] { "DOCKER", "FORWARD", "DOCKER-ISOLATION-STAGE-1", "DOCKER-USER" }.Select(chain => bed.Strangers(chain))));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheSameHoldsForIpv6(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, """
            chains:
              DOCKER:
                rules:
                  - -i eth0 ! -s 2001:db8::8 -j DROP
            """);
        await bed.Apply(); // There is no DOCKER chain in IPv6 yet: that is waited for, and no drift.
        await bed.Router.Iptables(backend, Family.Ipv6, "-N", "DOCKER");
        await bed.Router.Iptables(backend, Family.Ipv6, "-A", "FORWARD", "-o", "docker0", "-j", "DOCKER");
        await bed.Router.Iptables(backend, Family.Ipv6, "-A", "DOCKER", "-o", "docker0", "-p", "tcp", "--dport", "80", "-j", "ACCEPT");
        Assert.Equal(Reach.Through, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, Family.Ipv6));
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, Family.Ipv6));
        Assert.Equal(Reach.Through, await bed.Packets.Allowed.Connect(bed.Packets.Web, 80, Family.Ipv6));
        Assert.Equal(2, (await bed.Rules("DOCKER", Family.Ipv6)).Count);
    }

    private static string WithoutCounters(string rule) => rule[(rule.IndexOf(']', StringComparison.Ordinal) + 2)..];
}
