using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

/// <summary>The four cases that NetGuard exists for, with packets, held by the daemon that checks once in an hour: the kernel tells it of each mishap.</summary>
public class ByEventsAloneTests
{
    private const string Config = """
        interval: 1h
        forwarding: { ipv4: on }
        sysctls: { net.bridge.bridge-nf-call-iptables: 1 }
        chains:
          FORWARD:
            rules:
              - { name: no-icc, rule: -i docker0 -o docker0 -j DROP, position: bottom, family: ipv4 }
          DOCKER-USER:
            rules:
              - { name: established, rule: "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN", family: ipv4 }
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP, family: ipv4 }
          DOCKER:
            rules:
              - { name: app-to-web, rule: -s 172.17.0.3 -d 172.17.0.2 -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT }
              - { name: web-to-app, rule: -s 172.17.0.2 -d 172.17.0.3 -i docker0 -o docker0 -p tcp --sport 80 -j ACCEPT }

        """;

    private static readonly IPEndPoint Published = IPEndPoint.Parse("198.51.100.1:8080");

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task AllFourHoldAfterEachMishap(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, Config);
        await using var daemon = await bed.Guard();
        await AllHold(bed);

        // Whether the host forwards.
        await Mishap(daemon, "net.ipv4.ip_forward", () => bed.Router.SetSysctl("net.ipv4.ip_forward", "0"));
        await Mishap(daemon, "bridge-nf-call-iptables", () => bed.Router.SetSysctl("net.bridge.bridge-nf-call-iptables", "0"));
        await AllHold(bed);

        // Who may reach the containers from outside.
        await Mishap(daemon, "DOCKER-USER only-8.8.8.8", () => bed.Iptables("-F", "DOCKER-USER"));
        await Mishap(daemon, "DOCKER-USER", () => bed.Iptables("-I", "FORWARD", "-i", "eth0", "-j", "ACCEPT"));
        await bed.Iptables("-D", "FORWARD", "-i", "eth0", "-j", "ACCEPT");
        await AllHold(bed);

        // That containers may not reach each other: the rule that goes is Docker's own, which was as good as NetGuard's.
        await Mishap(daemon, "FORWARD no-icc", () => bed.Iptables("-D", "FORWARD", "-i", "docker0", "-o", "docker0", "-j", "DROP"));
        await AllHold(bed);

        // But for those that are linked.
        await Mishap(daemon, "DOCKER app-to-web", () => bed.Iptables("-D", "DOCKER", "1"));
        await AllHold(bed);
    }

    private static async Task AllHold(GuardedBed bed)
    {
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53));
        Assert.Equal(Reach.Through, await bed.Packets.Allowed.Connect(bed.Packets.Web, 80, called: Published));
        Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, called: Published));
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 80));
    }

    private static async Task Mishap(RunningProgram daemon, string what, Func<Task> play)
    {
        var said = daemon.Lines.Count;
        await play();
        await daemon.WaitForLine(line => line.Contains("repaired ", StringComparison.Ordinal) && line.Contains(what, StringComparison.Ordinal), said);
    }
}
