using System.Net;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.TestBed;

public class PacketBedTests
{
    [Theory]
    [InlineData(Backend.Nft, Family.Ipv4)]
    [InlineData(Backend.Nft, Family.Ipv6)]
    [InlineData(Backend.Legacy, Family.Ipv4)]
    [InlineData(Backend.Legacy, Family.Ipv6)]
    public async Task ARuleDecidesWhichPacketsPass(Backend backend, Family family)
    {
        await using var bed = await PacketBed.Create();
        Assert.Equal(Reach.Through, await bed.Stranger.Connect(bed.Web, 80, family));
        var rule = new[] { "FORWARD", "-i", "eth0", "!", "-s", bed.Allowed.Address(family).ToString(), "-j", "DROP" };
        await bed.Router.Iptables(backend, family, ["-I", .. rule]);
        Assert.Equal(Reach.Dropped, await bed.Stranger.Connect(bed.Web, 80, family));
        Assert.Equal(Reach.Through, await bed.Allowed.Connect(bed.Web, 80, family));
        await bed.Router.Iptables(backend, family, ["-D", .. rule]);
        Assert.Equal(Reach.Through, await bed.Stranger.Connect(bed.Web, 80, family));
    }

    [Fact]
    public async Task TheForwardingSwitchDecidesWhetherAnyPass()
    {
        await using var bed = await PacketBed.Create();
        await bed.Router.SetSysctl("net.ipv4.ip_forward", "0");
        Assert.Equal(Reach.Dropped, await bed.Web.Connect(bed.Allowed, 53));
        await bed.Router.SetSysctl("net.ipv4.ip_forward", "1");
        Assert.Equal(Reach.Through, await bed.Web.Connect(bed.Allowed, 53));
    }

    [Theory]
    [InlineData(Backend.Nft, Family.Ipv4)]
    [InlineData(Backend.Nft, Family.Ipv6)]
    [InlineData(Backend.Legacy, Family.Ipv4)]
    [InlineData(Backend.Legacy, Family.Ipv6)]
    public async Task OneBridgesTrafficIsFilteredWhenTheBridgeSwitchIsOn(Backend backend, Family family)
    {
        await using var bed = await PacketBed.Create();
        await bed.Router.Iptables(backend, family, "-P", "FORWARD", "DROP");
        await bed.FilterSameBridge(on: false);
        Assert.Equal(Reach.Through, await bed.App.Connect(bed.Web, 80, family));
        await bed.FilterSameBridge(on: true);
        Assert.Equal(Reach.Dropped, await bed.App.Connect(bed.Web, 80, family));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task APublishedPortLeadsToAContainer(Backend backend)
    {
        await using var bed = await PacketBed.Create();
        var published = IPEndPoint.Parse("198.51.100.1:8080");
        Assert.Equal(Reach.Refused, await bed.Stranger.Connect(bed.Web, 80, called: published));
        await bed.Router.LoadLayout(backend, Family.Ipv4, "docker-20.10-icc-false-link.rules");
        Assert.Equal(Reach.Through, await bed.Stranger.Connect(bed.Web, 80, called: published));
    }
}
