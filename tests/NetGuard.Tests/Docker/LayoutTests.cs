using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.Cases;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>The chains of every Docker version, with packets; what its engine would say is said by a stand-in.</summary>
public class LayoutTests
{
    private static readonly IPEndPoint Published = IPEndPoint.Parse("198.51.100.1:8080");

    [Theory]
    [InlineData(Backend.Nft, "docker-20.10-icc-false-link.rules")]
    [InlineData(Backend.Nft, "docker-29-new-daemon.rules")]
    [InlineData(Backend.Legacy, "docker-20.10-icc-false-link.rules")]
    [InlineData(Backend.Legacy, "docker-29-new-daemon.rules")]
    public async Task LinksAndPublishedPortsWorkAndDockersOwnRulesStay(Backend backend, string layout)
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, "docker.sock"));
        engine.Has(("web", "172.17.0.2", [(8080, 80)]), ("app", "172.17.0.3", []));
        await using var bed = await GuardedBed.Create(backend, $$"""
            docker:
              socket: {{files.Path}}/docker.sock
              icc: deny
              links: [{ from: app, to: web, ports: [80/tcp] }]
              published: [{ interfaces: [eth0], ports: [8080/tcp], allow: [8.8.8.8] }]
            """, layout);
        if (layout.Contains("-29-", StringComparison.Ordinal))
        {
            await bed.Iptables("-t", "nat", "-A", "DOCKER", "!", "-i", "docker0", "-p", "tcp", "--dport", "8080", "-j", "DNAT", "--to-destination", "172.17.0.2:80");
            await bed.Iptables("-I", "DOCKER", "-d", "172.17.0.2", "!", "-i", "docker0", "-o", "docker0", "-p", "tcp", "--dport", "80", "-j", "ACCEPT");
        }

        var (web, app, allowed, stranger) = (bed.Packets.Web, bed.Packets.App, bed.Packets.Allowed, bed.Packets.Stranger);
        Assert.Equal(Reach.Through, await stranger.Connect(web, 80, called: Published));
        var strangers = await bed.Strangers("DOCKER");
        await bed.Apply();
        Assert.Equal(strangers, await bed.Strangers("DOCKER"));
        Assert.EndsWith("-j NETGUARD-FORWARD", (await bed.Rules("DOCKER-USER"))[0], StringComparison.Ordinal);
        Assert.Equal(Reach.Dropped, await stranger.Connect(web, 80, called: Published));
        Assert.Equal(Reach.Through, await allowed.Connect(web, 80, called: Published));
        Assert.Equal(Reach.Through, await app.Connect(web, 80));
        Assert.Equal(Reach.Dropped, await app.Connect(web, 81));
        Assert.Equal(Reach.Dropped, await web.Connect(app, 80));
        Assert.Equal(Reach.Through, await web.Connect(stranger, 8080));

        // Without the section NetGuard's rules go, and with clear the chains.
        bed.Declare("mode: enforce\n");
        await bed.Apply();
        Assert.Equal(Reach.Through, await stranger.Connect(web, 80, called: Published));
        (await bed.Router.Netguard("clear", "--config", "/nonexistent.yaml")).Succeeded();
        Assert.DoesNotContain("NETGUARD", await bed.Router.Save(backend, Family.Ipv4), StringComparison.Ordinal);
    }

    // What the tools would print is made without them, for every shape of rule: the first diff after an apply shows no difference.
    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task EveryRuleIsMadeInTheKernelsOwnForm(Backend backend)
    {
        using var files = new ConfigDir();
        await using var engine = new FakeEngine(Path.Combine(files.Path, "docker.sock"));
        engine.Has(("web", "172.17.0.2", [(8080, 80), (53, 53)]), ("app", "172.17.0.3", []));
        engine.Containers = engine.Containers.Replace("\"GlobalIPv6Address\":\"\"", "\"GlobalIPv6Address\":\"fd17:0:0:0::0:2\"", StringComparison.Ordinal);
        engine.Networks = engine.Networks.Replace("]", """,{"Name":"back end\"; x","Id":"fedcba9876543210","Driver":"bridge","Options":{} } ]""", StringComparison.Ordinal);
        await using var bed = await GuardedBed.Create(backend, $$"""
            docker:
              socket: {{files.Path}}/docker.sock
              icc: deny
              networks: { open: { icc: allow } }
              links: [{ from: app, to: web, ports: [80/tcp, 53/udp, 1000-2000/tcp, 5/sctp] }]
              published:
                - { interfaces: [eth0, wg+], ports: [8080/tcp, 53/udp, 7000-7010, 5/sctp], allow: [8.8.8.8, 10.0.0.0/8, 0.0.0.0/0, "::/0", "2001:db8::/32"] }
                - { interfaces: [eth1], allow: [10.0.0.0/8, "2001:db8::1"] }
                - { interfaces: [eth2], allow: [0.0.0.0/0] }
                - { interfaces: [eth3], allow: [] }
            """, layout: null);
        await bed.Apply();
        Assert.Contains("icc deny back?end???x", string.Join('\n', await bed.Rules("NETGUARD-FORWARD", Family.Ipv6)), StringComparison.Ordinal);
        Assert.Contains(await bed.Rules("NETGUARD-FORWARD"), rule => rule.Contains("app -> web 1000-2000/tcp", StringComparison.Ordinal));
    }
}
