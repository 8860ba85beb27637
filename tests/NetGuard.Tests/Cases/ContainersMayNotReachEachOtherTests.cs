using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

public class ContainersMayNotReachEachOtherTests
{
    // The DROP behind the jump to DOCKER, so that what DOCKER accepts (links) still passes.
    private const string TheSequence = """
        chains:
          FORWARD:
            rules:
              - { rule: -o docker0 -j DOCKER, family: ipv4 }
              - { name: no-icc, rule: -i docker0 -o docker0 -j DROP, family: ipv4 }
        """;

    private const string AtTheBottom = """
        chains:
          FORWARD:
            rules:
              - { name: no-icc, rule: -i docker0 -o docker0 -j DROP, position: bottom }
        """;

    private const string ThePolicy = """
        chains:
          FORWARD: { policy: DROP }
        """;

    public static TheoryData<Backend, string> Declarations => new()
    {
        { Backend.Nft, TheSequence }, { Backend.Nft, AtTheBottom }, { Backend.Nft, ThePolicy },
        { Backend.Legacy, TheSequence }, { Backend.Legacy, AtTheBottom }, { Backend.Legacy, ThePolicy },
    };

    [Theory]
    [MemberData(nameof(Declarations))]
    public async Task AfterAFlushAndWithThePolicyOpenTheyStillMayNot(Backend backend, string declaration)
    {
        await using var bed = await GuardedBed.Create(backend, declaration);
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));

        await bed.Iptables("-F");
        await bed.Iptables("-P", "FORWARD", "ACCEPT");
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));
    }

    [Theory]
    [InlineData(Backend.Nft, "-j ACCEPT")]
    [InlineData(Backend.Nft, "-i docker0 -j ACCEPT")]
    [InlineData(Backend.Legacy, "-j ACCEPT")]
    [InlineData(Backend.Legacy, "-i docker0 -o docker0 -j ACCEPT")]
    public async Task AnAcceptInsertedAboveTheDropDoesNotOpenTheWay(Backend backend, string accept)
    {
        await using var bed = await GuardedBed.Create(backend, TheSequence);
        await bed.Apply();
        var before = await bed.Strangers("FORWARD", counters: false);
        await bed.Iptables(["-I", "FORWARD", .. accept.Split(' ')]);
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        Assert.Equal(2, (await bed.Drift()).ExitCode);

        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 80)); // the link, in DOCKER
        Assert.Equal([$"-A FORWARD {accept}", .. before], await bed.Strangers("FORWARD", counters: false));
    }

    [Theory]
    [InlineData(Backend.Nft, "-i docker0 -o docker0 -j ACCEPT")]
    [InlineData(Backend.Legacy, "-j ACCEPT")]
    public async Task ADropAtTheBottomIsLiftedAboveAnAcceptThatWouldMakeItDead(Backend backend, string accept)
    {
        await using var bed = await GuardedBed.Create(backend, AtTheBottom, layout: null);
        await bed.Apply();
        await bed.Iptables(["-I", "FORWARD", .. accept.Split(' ')]);
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WithDockersFirewallOffNetGuardAloneHoldsForward(Backend backend)
    {
        // --iptables=false: no chain of Docker's at all, in either family. What would jump to one is waited for.
        await using var bed = await GuardedBed.Create(backend, """
            chains:
              FORWARD:
                policy: DROP
                rules:
                  - -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                  - -o docker0 -j DOCKER
                  - -i docker0 -o docker0 -j DROP
                  - -i docker0 ! -o docker0 -j ACCEPT
            """, layout: null);
        await bed.Apply();
        foreach (var family in Enum.GetValues<Family>())
        {
            Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 80, family));
            Assert.Equal(Reach.Through, await bed.Packets.Web.Connect(bed.Packets.Allowed, 53, family));
            Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, family));
            Assert.Equal(3, (await bed.Rules("FORWARD", family)).Count);
            await bed.Router.Iptables(backend, family, "-F", "FORWARD");
            await bed.Router.Iptables(backend, family, "-P", "FORWARD", "ACCEPT");
        }

        await bed.Apply();
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 80));
        Assert.Equal(Reach.Dropped, await bed.Packets.Stranger.Connect(bed.Packets.Web, 80, Family.Ipv6));

        // Docker comes after all: the rule that waited takes its place between the others.
        await bed.Iptables("-N", "DOCKER");
        Assert.Equal((2, "missing"), await bed.Drift());
        await bed.Apply();
        Assert.Contains("-j DOCKER", (await bed.Rules("FORWARD"))[1], StringComparison.Ordinal);
    }
}
