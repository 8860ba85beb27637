using System.Net;
using System.Net.Sockets;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// A Docker host as packets see it: a router with docker0, two containers on that bridge, and an outside beyond eth0 that
/// has both an allowed address and a stranger's. Packets are real; every address is one of these namespaces' own.
/// <code>
///   web 172.17.0.2, fd17::2 ─┐
///                            ├─ docker0 (router) eth0 ─── outside 8.8.8.8, 2001:db8::8 and 9.9.9.9, 2001:db8::9
///   app 172.17.0.3, fd17::3 ─┘
/// </code>
/// The router forwards both families and starts without a rule.
/// </summary>
public sealed class PacketBed : IAsyncDisposable
{
    private const string BridgeSwitch = "net.bridge.bridge-nf-call-iptables";

    private readonly Netns _outside;

    private PacketBed(Netns router, Netns web, Netns app, Netns outside)
    {
        Router = router;
        _outside = outside;
        Web = new(web, IPAddress.Parse("172.17.0.2"), IPAddress.Parse("fd17::2"));
        App = new(app, IPAddress.Parse("172.17.0.3"), IPAddress.Parse("fd17::3"));
        Allowed = new(outside, IPAddress.Parse("8.8.8.8"), IPAddress.Parse("2001:db8::8"));
        Stranger = new(outside, IPAddress.Parse("9.9.9.9"), IPAddress.Parse("2001:db8::9"));
    }

    /// <summary>Where the rules and the forwarding switches are, and where NetGuard runs.</summary>
    public Netns Router { get; }

    public PacketHost Web { get; }

    public PacketHost App { get; }

    public PacketHost Allowed { get; }

    public PacketHost Stranger { get; }

    public static async Task<PacketBed> Create()
    {
        var bed = new PacketBed(await Netns.Create(), await Netns.Create(), await Netns.Create(), await Netns.Create());
        try
        {
            await bed.Wire();
            await bed.Settle();
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether traffic between two containers of one bridge passes the router's iptables.</summary>
    /// <exception cref="InvalidOperationException">The kernel has no br_netfilter, so it never does.</exception>
    public async Task FilterSameBridge(bool on)
    {
        if (await Router.Sysctl(BridgeSwitch) is null)
        {
            await Programs.Run("modprobe", ["br_netfilter"]);
        }
        if (await Router.Sysctl(BridgeSwitch) is null)
        {
            throw new InvalidOperationException(
                $"This kernel has no br_netfilter ({BridgeSwitch} is absent): same-bridge traffic cannot be filtered here.");
        }
        foreach (var key in new[] { BridgeSwitch, "net.bridge.bridge-nf-call-ip6tables" })
        {
            await Router.SetSysctl(key, on ? "1" : "0");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var netns in new[] { Web.Netns, App.Netns, _outside, Router })
        {
            await netns.DisposeAsync();
        }
    }

    private static async Task<bool> Flows(PacketHost from, PacketHost to, Family family)
    {
        try
        {
            return await from.Connect(to, 1, family, silence: TimeSpan.FromMilliseconds(100)) == Reach.Through;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// Waits until packets flow both ways between all: the kernel's workers bring up carriers, bridge ports and IPv6
    /// addresses some time after ip has set them.
    /// </summary>
    private async Task Settle()
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        foreach (var family in new[] { Family.Ipv4, Family.Ipv6 })
        {
            foreach (var (from, to) in new[] { (App, Web), (Stranger, Web), (Web, Allowed), (App, Stranger) })
            {
                while (!await Flows(from, to, family))
                {
                    await Task.Delay(5, patience.Token);
                }
            }
        }
    }

    private async Task Wire()
    {
        await Router.AddBridge("docker0", "172.17.0.1/16", "fd17::1/64");
        foreach (var (container, port) in new[] { (Web, "veth-web"), (App, "veth-app") })
        {
            await Router.AddVeth(port, container.Netns, "eth0");
            await Router.Ip($"link set {port} master docker0 up");
            await container.Netns.RaiseLink("eth0", $"{container.Ipv4}/16", $"{container.Ipv6}/64");
            await container.Netns.Ip("route add default via 172.17.0.1", "route add default via fd17::1");
        }
        await Router.AddVeth("eth0", _outside, "eth0");
        await Router.RaiseLink("eth0", "198.51.100.1/24", "2001:db8:1::1/64");
        await _outside.RaiseLink(
            "eth0", "198.51.100.2/24", "2001:db8:1::2/64",
            $"{Allowed.Ipv4}/32", $"{Stranger.Ipv4}/32", $"{Allowed.Ipv6}/128", $"{Stranger.Ipv6}/128");
        await _outside.Ip("route add default via 198.51.100.1", "route add default via 2001:db8:1::1");
        await Router.Ip("route add default via 198.51.100.2", "route add default via 2001:db8:1::2");
        await Router.SetSysctl("net.ipv4.ip_forward", "1");
        await Router.SetSysctl("net.ipv6.conf.all.forwarding", "1");
    }
}
