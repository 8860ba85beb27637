using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

public class TheHostForwardsOrNotTests
{
    [Theory]
    [InlineData(Backend.Nft, Family.Ipv4, "net.ipv4.ip_forward")]
    [InlineData(Backend.Nft, Family.Ipv4, "net.ipv4.conf.all.forwarding")]
    [InlineData(Backend.Legacy, Family.Ipv4, "net.ipv4.ip_forward")]
    [InlineData(Backend.Nft, Family.Ipv6, "net.ipv6.conf.all.forwarding")]
    [InlineData(Backend.Legacy, Family.Ipv6, "net.ipv6.conf.all.forwarding")]
    public async Task ForwardingThatSomebodySwitchedOffComesBack(Backend backend, Family family, string key)
    {
        await using var bed = await GuardedBed.Create(backend, $"forwarding:\n  {family.Name()}: on\n", layout: null);
        await bed.Apply();
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));

        await bed.Router.SetSysctl(key, "0");
        Assert.Equal(Reach.Dropped, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));
        Assert.Equal((2, "sysctl"), await bed.Drift());

        await bed.Apply();
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));
    }

    [Theory]
    [InlineData(Backend.Nft, Family.Ipv4)]
    [InlineData(Backend.Legacy, Family.Ipv6)]
    public async Task ForwardingThatSomebodySwitchedOnGoes(Backend backend, Family family)
    {
        await using var bed = await GuardedBed.Create(backend, $"forwarding:\n  {family.Name()}: off\n", layout: null);
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task EachOfSeveralBridgesKeepsItsOwnSwitch(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, """
            forwarding:
              ipv4: on
              interfaces:
                docker0: on
                br1: off
                br2: { ipv4: off, ipv6: on }
            """, layout: null);
        await bed.Router.AddBridge("br1", "172.18.0.1/16");
        await bed.Router.AddBridge("br2", "172.19.0.1/16", "fd19::1/64");
        await bed.Apply();
        Assert.Equal(("1", "1", "0", "0", "1"), await Switches(bed));

        // The kernel writes all interfaces' switches with this one: putting it back alone would open br1 and br2.
        await bed.Router.SetSysctl("net.ipv4.ip_forward", "0");
        await bed.Apply();
        Assert.Equal(("1", "1", "0", "0", "1"), await Switches(bed));
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53));

        await bed.Router.SetSysctl("net.ipv4.conf.docker0.forwarding", "0");
        Assert.Equal(Reach.Dropped, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53));
        await bed.Apply();
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task WhatIsUnmanagedIsLeftAlone(string value)
    {
        // As with Docker's --ip-forward=false: the switch is somebody else's business.
        await using var bed = await GuardedBed.Create(Backend.Nft, """
            forwarding:
              ipv4: unmanaged
              ipv6: unmanaged
              interfaces: { docker0: unmanaged }
            chains:
              FORWARD: { policy: DROP }
            """);
        foreach (var key in new[] { "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.docker0.forwarding" })
        {
            await bed.Router.SetSysctl(key, value);
        }

        await bed.Apply();
        Assert.Equal(value, await bed.Router.Sysctl("net.ipv4.ip_forward"));
        Assert.Equal(value, await bed.Router.Sysctl("net.ipv6.conf.all.forwarding"));
        Assert.Equal(value, await bed.Router.Sysctl("net.ipv4.conf.docker0.forwarding"));
    }

    private static async Task<(string?, string?, string?, string?, string?)> Switches(GuardedBed bed) => (
        await bed.Router.Sysctl("net.ipv4.ip_forward"),
        await bed.Router.Sysctl("net.ipv4.conf.docker0.forwarding"),
        await bed.Router.Sysctl("net.ipv4.conf.br1.forwarding"),
        await bed.Router.Sysctl("net.ipv4.conf.br2.forwarding"),
        await bed.Router.Sysctl("net.ipv6.conf.br2.forwarding"));
}
