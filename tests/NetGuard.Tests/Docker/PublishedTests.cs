using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

public class PublishedTests
{
    private const string OnlyOne = """
        published:
          - { interfaces: [eth0], ports: [8080/tcp], allow: [8.8.8.8, 2001:db8::8] }
        """;

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task OneOutsideAddressReachesAPublishedPortWhateverHappensToTheHost(string proxy)
    {
        await using var guarded = await GuardedDocker.Create(OnlyOne, $"--userland-proxy={proxy}");
        guarded.Declare(OnlyOne, "forwarding: { ipv4: on }\n");
        await guarded.Guard();
        await guarded.Bed.Run("web", "--publish", "8080:80", "--publish", "9090:80", "--restart", "always");
        await OnlyTheAllowedReachesIt(guarded);

        await guarded.Bed.StopEngine();
        await guarded.Bed.StartEngine();
        await OnlyTheAllowedReachesIt(guarded);

        await guarded.Bed.Docker("rm", "--force", "web");
        await guarded.Bed.Run("squatter");
        var web = await guarded.Bed.Run("web", "--publish", "8080:80", "--publish", "9090:80");
        Assert.NotEqual("172.17.0.2", web.Ipv4.ToString());
        await OnlyTheAllowedReachesIt(guarded);

        await guarded.Bed.Docker("network", "create", "other");
        await OnlyTheAllowedReachesIt(guarded);

        await guarded.Host.SetSysctl("net.ipv4.ip_forward", "0");
        await OnlyTheAllowedReachesIt(guarded);

        await guarded.Iptables("-F", "DOCKER-USER");
        await guarded.Iptables("-F", "NETGUARD-FORWARD");
        await OnlyTheAllowedReachesIt(guarded);

        // Whoever flushes everything takes Docker's rules, too: nobody but docker-proxy lets anybody in then.
        await guarded.Iptables("-F");
        await guarded.WaitForRules("DOCKER-USER", rules => rules.Count == 1);
        await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8080));
        await guarded.Iptables("-t", "nat", "-F");
        await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8080));
        if (proxy == "true")
        {
            await guarded.Bed.Allowed().Reaches(DockerBed.Published(8080));
        }
    }

    // Docker up to 27 lets packets for a published port pass that come without translation, from whoever has a route.
    [Fact]
    public async Task TheContainersOwnAddressIsNoWayAround()
    {
        await using var guarded = await GuardedDocker.Create(OnlyOne);
        var web = await guarded.Bed.Run("web", "--publish", "8080:80");
        await guarded.Bed.Stranger().Reaches(web.At(80));
        await guarded.Guard();
        await guarded.Bed.Stranger().IsKeptFrom(web.At(80));
        await guarded.Bed.Allowed().Reaches(web.At(80));
    }

    [Fact]
    public async Task EveryPublishedPortIsMeantWhereNoneIsNamed()
    {
        await using var guarded = await GuardedDocker.Create("""
            published:
              - { interfaces: [eth0], allow: [8.8.8.8] }
              - { interfaces: [eth0], ports: [9090/tcp], allow: [203.0.113.9] }
            """);
        await guarded.Guard();
        await guarded.Bed.Docker("network", "create", "other");
        await guarded.Bed.Run("web", "--publish", "8080:80", "--publish", "9090:80");
        await guarded.Bed.Run("back", "--network", "other", "--publish", "8081:80");
        foreach (var port in new[] { 8080, 8081 })
        {
            await guarded.Bed.Allowed().Reaches(DockerBed.Published(port));
            await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(port));
        }

        await guarded.Bed.Stranger().Reaches(DockerBed.Published(9090));
        await guarded.Bed.Allowed().Reaches(DockerBed.Published(9090));

        // The host's own services are none of Docker's ports.
        await using var server = guarded.Host.Start("busybox", ["httpd", "-f", "-p", "7070", "-h", "/"]);
        await guarded.Bed.Stranger().Reaches(DockerBed.Published(7070));
    }

    [Theory]
    [InlineData("--ip6tables", "--userland-proxy=false")]
    [InlineData("--ip6tables", "--userland-proxy=true")]
    [InlineData("--ip6tables=false", "--userland-proxy=true")]
    public async Task TheSameHoldsOverIpv6(string ip6tables, string proxy)
    {
        await using var guarded = await GuardedDocker.Create(OnlyOne, "--ipv6", "--fixed-cidr-v6=fd17::/64", ip6tables, "--experimental", proxy);
        guarded.Declare(OnlyOne, "forwarding: { ipv6: on }\n");
        await guarded.Guard();
        await guarded.Bed.Run("web", "--publish", "8080:80");
        await guarded.Bed.Allowed(Family.Ipv6).Reaches(DockerBed.Published(8080, Family.Ipv6));
        await guarded.Bed.Stranger(Family.Ipv6).IsKeptFrom(DockerBed.Published(8080, Family.Ipv6));
    }

    // IPv6 clients of a container without IPv6 come by docker-proxy.
    [Fact]
    public async Task TheProxysWayIsClosedToo()
    {
        await using var guarded = await GuardedDocker.Create(OnlyOne);
        await guarded.Bed.Run("web", "--publish", "8080:80");
        await guarded.Bed.Stranger(Family.Ipv6).Reaches(DockerBed.Published(8080, Family.Ipv6));
        await guarded.Guard();
        await guarded.Bed.Stranger(Family.Ipv6).IsKeptFrom(DockerBed.Published(8080, Family.Ipv6));
        await guarded.Bed.Allowed(Family.Ipv6).Reaches(DockerBed.Published(8080, Family.Ipv6));
    }

    [Fact]
    public async Task ContainersReachTheOutsideAndTheirBridgesStayApart()
    {
        await using var guarded = await GuardedDocker.Create("""
            icc: deny
            links:
              - { from: one, to: two, ports: [80] }
            published:
              - { interfaces: [eth0], allow: [] }
            """);
        await guarded.Guard();
        await guarded.Bed.Docker("network", "create", "other");
        var (one, two, three) = (await guarded.Bed.Run("one"), await guarded.Bed.Run("two"), await guarded.Bed.Run("three", "--network", "other"));
        await using var outside = guarded.Bed.OutsideNetns.Start("busybox", ["httpd", "-f", "-p", "8080", "-h", "/"]);
        foreach (var container in new[] { one, three })
        {
            await container.Caller.Reaches(new(IPAddress.Parse("8.8.8.8"), 8080));
        }

        await one.Caller.Reaches(two.At(80));
        await Task.WhenAll(one.Caller.IsKeptFrom(three.At(80)), three.Caller.IsKeptFrom(one.At(80)), three.Caller.IsKeptFrom(two.At(80)));
    }

    [Fact]
    public async Task APortIsPublishedWhileARuleStandsAtTheTopOfDockersChain()
    {
        await using var guarded = await GuardedDocker.Create(OnlyOne);
        guarded.Declare(OnlyOne, "chains: { DOCKER: { rules: ['-s 203.0.113.9 -j DROP'] } }\n");
        await guarded.Guard();
        await guarded.Bed.Run("web", "--publish", "8080:80", "--publish", "9090:80");
        await guarded.Bed.Allowed().Reaches(DockerBed.Published(8080));
        await guarded.Bed.Allowed().Reaches(DockerBed.Published(9090));
        await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(9090));
        Assert.StartsWith("-A DOCKER -s 203.0.113.9/32", (await guarded.Rules("DOCKER"))[0], StringComparison.Ordinal);
        await guarded.Bed.StopEngine();
        await guarded.Bed.StartEngine();
        await guarded.WaitForRules("DOCKER", rules => rules is [var first, ..] && first.StartsWith("-A DOCKER -s 203.0.113.9/32", StringComparison.Ordinal));
    }

    private static async Task OnlyTheAllowedReachesIt(GuardedDocker guarded)
    {
        await guarded.Bed.Allowed().Reaches(DockerBed.Published(8080));
        await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8080));
        await guarded.Bed.Stranger().Reaches(DockerBed.Published(9090)); // Covered by nothing: as Docker has it.
    }
}
