using System.Net;
using NetGuard.Core.Conntrack;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Netlink;

public class RouteQueryTests
{
    [Fact]
    public async Task TheKernelTellsTheWay()
    {
        await using var netns = await Netns.Create();
        await netns.AddBridge("eth0", "198.51.100.1/24", "2001:db8:1::1/64");
        await netns.AddBridge("docker0", "172.17.0.1/16", "fd17::1/64");
        await netns.Ip("route add default via 198.51.100.2", "route add default via 2001:db8:1::2");
        foreach (var (address, way) in new[]
        {
            ("9.9.9.9", new Way(false, "eth0")), ("172.17.0.2", new(false, "docker0")), ("172.17.0.1", new(true, null)), ("127.0.0.1", new(true, null)),
            ("2001:db8::9", new(false, "eth0")), ("fd17::2", new(false, "docker0")), ("fd17::1", new(true, null)), ("224.0.0.1", Way.Unknown),
        })
        {
            Assert.Equal((address, way), (address, await Ask(netns, address)));
        }

        await netns.Ip("route add 203.0.113.0/24 nexthop via 198.51.100.2 nexthop via 172.17.0.2");
        Assert.Equal(new Way(false, null), await Ask(netns, "203.0.113.9"));
        await netns.Ip("rule add fwmark 7 lookup 7");
        Assert.Equal(new Way(false, null), await Ask(netns, "9.9.9.9"));
        Assert.Equal(new Way(true, null), await Ask(netns, "172.17.0.1"));
        await netns.Ip("route del default via 198.51.100.2");
        Assert.True((await Ask(netns, "9.9.9.9")).IsUnknown);
    }

    private static Task<Way> Ask(Netns netns, string text) => netns.Inside(() =>
    {
        using var routes = new RouteQuery();
        var address = IPAddress.Parse(text);
        return routes.WayTo(address.GetAddressBytes().Length == 4 ? Family.Ipv4 : Family.Ipv6, Flow.Number(address));
    });
}
