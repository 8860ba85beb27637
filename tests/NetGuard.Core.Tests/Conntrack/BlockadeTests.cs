using System.Net;
using NetGuard.Core.Conntrack;
using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Conntrack;

public class BlockadeTests
{
    private const string Drop = "! -s 8.8.8.8/32 -i eth0 -j DROP";

    // 9.9.9.9 has called the published port 8080 of a container behind eth0.
    private static readonly Connection Published = Connect("9.9.9.9:40000", "198.51.100.1:8080", "172.17.0.2:80");
    private static readonly Way Outside = new(false, "eth0");
    private static readonly Way Bridge = new(false, "docker0");
    private static readonly Way Host = new(true, null);

    [Theory]
    [InlineData("-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -s 9.9.9.0/24 -j ACCEPT\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -s 9.9.0.0/24 -j ACCEPT\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -p tcp -m tcp --dport 80 -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -p tcp -m tcp --dport 8080 -j RETURN\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -p tcp -m multiport --dports 22,70:90 -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -o docker+ -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -i wg+ -j RETURN\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -m iprange --src-range 9.9.9.1-9.9.9.9 -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -m limit --limit 1/sec -j RETURN\n-A DOCKER-USER {0}", Judgement.Undecided)]
    [InlineData("-A DOCKER-USER -s 1.2.3.4/32 -m limit --limit 1/sec -j RETURN\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -m mark --mark 0x1 -j RETURN\n-A DOCKER-USER {0}", Judgement.Undecided)]
    [InlineData("-A DOCKER-USER -m limit --limit 1/sec -j LOG --log-prefix \"-j ACCEPT\"\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -m comment --comment \"-s 1.2.3.4\" -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -j MINE\n-A MINE -s 9.9.9.9/32 -j ACCEPT\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -j MINE\n-A MINE -s 9.9.9.9/32 -j RETURN\n-A MINE -j ACCEPT\n-A DOCKER-USER {0}", Judgement.Forbidden)]
    [InlineData("-A DOCKER-USER -g MINE\n-A MINE -s 9.9.9.9/32 -j RETURN\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -s 9.9.9.9/32 -j REJECT --reject-with icmp-port-unreachable\n-A DOCKER-USER {0}", Judgement.Passes)]
    [InlineData("-A DOCKER-USER -s 9.9.9.9/32 -j NFQUEUE --queue-num 1\n-A DOCKER-USER {0}", Judgement.Undecided)]
    [InlineData("-A DOCKER-USER {0}\n-A DOCKER-USER -j ACCEPT", Judgement.Forbidden)]
    public void AChainIsWalkedAsThePacketDid(string rules, Judgement judgement)
    {
        var blockade = Of(string.Format(System.Globalization.CultureInfo.InvariantCulture, rules, Drop), Drop);
        Assert.Equal(judgement, blockade.Judge(FirstPacket.Of(Published, Outside, Bridge)));
    }

    [Fact]
    public void WhatComesFromElsewhereOrIsForTheHostIsNotForbidden()
    {
        var blockade = Of($"-A DOCKER-USER {Drop}", Drop);
        Assert.Equal(Judgement.Passes, blockade.Judge(FirstPacket.Of(Connect("8.8.8.8:1", "198.51.100.1:8080", "172.17.0.2:80"), Outside, Bridge)));
        Assert.Equal(Judgement.Passes, blockade.Judge(FirstPacket.Of(Connect("172.17.0.2:1", "9.9.9.9:80"), Bridge, Outside)));
        Assert.Equal(Judgement.Passes, blockade.Judge(FirstPacket.Of(Connect("9.9.9.9:1", "198.51.100.1:22"), Outside, Host)));
        Assert.Equal(Judgement.Passes, blockade.Judge(FirstPacket.Of(Connect("198.51.100.1:1", "9.9.9.9:22"), Host, Outside)));
    }

    [Fact]
    public void WithoutAWayNothingIsDecided()
    {
        var blockade = Of($"-A DOCKER-USER {Drop}", Drop);
        Assert.Equal(Judgement.Undecided, blockade.Judge(FirstPacket.Of(Published, Way.Unknown, Bridge)));
        Assert.Equal(Judgement.Undecided, blockade.Judge(FirstPacket.Of(Published, new(false, null), Bridge)));
    }

    // An IGMP report, a DHCP request, mDNS, a neighbour's: heard or sent, but never let through.
    [Theory]
    [InlineData("0.0.0.0:0", "224.0.0.22:0", Judgement.Passes)]
    [InlineData("0.0.0.0:68", "255.255.255.255:67", Judgement.Passes)]
    [InlineData("9.9.9.9:5353", "224.0.0.251:5353", Judgement.Passes)]
    [InlineData("9.9.9.9:1", "239.1.1.1:1", Judgement.Undecided)]
    [InlineData("8.8.8.8:1", "239.1.1.1:1", Judgement.Passes)]
    public void WhatIsNeverForwardedIsNoRuleOfForwards(string from, string to, Judgement judgement)
    {
        var blockade = Of($"-A DOCKER-USER {Drop}", Drop);
        foreach (var (source, destination) in new[] { (Way.Unknown, Way.Unknown), (Outside, Way.Unknown), (Outside, Outside) })
        {
            Assert.Equal(judgement, blockade.Judge(FirstPacket.Of(Connect(from, to), source, destination)));
        }
    }

    [Fact]
    public void WhatIsHeardFromTheLinkMayBeForbiddenWhereTheHostItselfIsClosed()
    {
        var live = Live("-A INPUT -i eth0 -p udp -j DROP");
        var blockade = Blockade.Of(new(Family.Ipv4, [new(ChainKey.Input) { Top = [new("closed", new("-i eth0 -p udp -j DROP"), null)] }]), live);
        var mdns = Connect("9.9.9.9:5353", "224.0.0.251:5353") with { Protocol = 17 };
        Assert.Equal(Judgement.Undecided, blockade.Judge(FirstPacket.Of(mdns, Outside, Outside)));
        Assert.Equal(Judgement.Passes, blockade.Judge(FirstPacket.Of(mdns, Bridge, Outside)));
    }

    [Fact]
    public void ADeclaredPolicyForbidsWhatFallsThrough()
    {
        var live = Live("-A DOCKER-USER -s 8.8.8.8/32 -j ACCEPT", ":FORWARD DROP [0:0]");
        var desired = new DesiredRuleset(Family.Ipv4, [new(ChainKey.Forward) { Policy = ChainPolicy.Drop }]);
        Assert.Equal(Judgement.Forbidden, Blockade.Of(desired, live).Judge(FirstPacket.Of(Published, Outside, Bridge)));
        Assert.True(Blockade.Of(desired with { Chains = [] }, live).IsOpen);
    }

    // Only what matters for the declared rules is read each time. What was not read is no empty chain.
    [Fact]
    public void AChainThatWasNotReadMayLetPass()
    {
        var blockade = Read($"-A DOCKER-USER -j MINE\n-A MINE -s 9.9.9.9/32 -j ACCEPT\n-A DOCKER-USER {Drop}");
        Assert.True(blockade.IsPartial);
        Assert.Equal(Judgement.Undecided, blockade.Judge(FirstPacket.Of(Published, Outside, Bridge)));
        Assert.False(Read($"-A DOCKER-USER {Drop}\n-A DOCKER-USER -j MINE").IsPartial);

        static Blockade Read(string rules) => Blockade.Of(new(Family.Ipv4, [Desired(Drop)]), Live(rules), key => key.Chain.Value != "MINE");
    }

    [Fact]
    public void APolicyThatStoodAllTheTimeForbidsNothingOfAGap()
    {
        var live = Live("-A FORWARD -o docker0 -j DOCKER", ":FORWARD DROP [0:0]");
        var desired = new DesiredRuleset(Family.Ipv4, [new(ChainKey.Forward) { Policy = ChainPolicy.Drop }]);
        Assert.True(Blockade.Of(desired, live, withPolicies: false).IsOpen);
        Assert.True(Blockade.Of(desired, live, key => key.Chain.Value != "DOCKER").IsPartial);
    }

    [Fact]
    public void AStrangersDropIsNobodysBusiness() => Assert.True(Of("-A DOCKER-USER -s 9.9.9.9/32 -j DROP", Drop).IsOpen);

    [Fact]
    public void WhatStandsBehindTheLastDropDoesNotMatter()
    {
        var one = Of($"-A DOCKER-USER {Drop}\n-A DOCKER-USER -j MINE\n-A FORWARD -o docker0 -j DOCKER\n-A DOCKER -j ACCEPT", Drop);
        Assert.Equal(one, Of($"-A DOCKER-USER {Drop}", Drop));
        Assert.NotEqual(one, Of($"-A DOCKER-USER -s 7.7.7.7/32 -j RETURN\n-A DOCKER-USER {Drop}", Drop));

        // But it does where the packet comes back, and meets another.
        var live = "-A DOCKER-USER " + Drop + "\n-A DOCKER-USER -j ACCEPT\n-A FORWARD -i eth0 -j DROP";
        var both = new DesiredRuleset(Family.Ipv4, [Desired(Drop), new(ChainKey.Forward) { Bottom = [new("all", new("-i eth0 -j DROP"), null)] }]);
        Assert.Equal(
            Judgement.Passes, Blockade.Of(both, Live(live)).Judge(FirstPacket.Of(Connect("8.8.8.8:1", "198.51.100.1:8080", "172.17.0.2:80"), Outside, Bridge)));
    }

    [Fact]
    public void BeforeRoutingTheDestinationIsTheOneThatWasCalled()
    {
        var rule = "-p tcp -m tcp --dport 8080 -j DROP";
        var raw = new ChainKey(TableName.Raw, new("PREROUTING"));
        var live = RulesetParser.Parse(Family.Ipv4, $"*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING {rule}\nCOMMIT\n");
        var desired = new DesiredRuleset(Family.Ipv4, [new(raw) { Top = [new("no-8080", new(rule), null)] }]);
        Assert.Equal(Judgement.Forbidden, Blockade.Of(desired, live).Judge(FirstPacket.Of(Published, Outside, Bridge)));
    }

    [Fact]
    public void OnlyWhatWasNotCountedBeforeIsNew()
    {
        var blockade = Of($"-A DOCKER-USER {Drop}", Drop);
        var older = Published with { Id = 1 };
        var history = new ConnectionHistory();
        Assert.True(history.Stands(blockade));
        Assert.False(history.WasOpenedInAGap(older, _ => Judgement.Forbidden));
        Assert.True(history.Begin(blockade, [older], [3]));
        Assert.False(history.Stands(blockade));
        Assert.False(history.WasOpenedInAGap(older, _ => Judgement.Forbidden));

        // The same addresses, but another connection.
        Assert.True(history.WasOpenedInAGap(older with { Id = 2 }, _ => Judgement.Forbidden));

        // Whatever could not be told of one then: it is older, too.
        Assert.False(history.WasOpenedInAGap(older with { Id = 3 }, _ => Judgement.Forbidden));
        Assert.False(history.MayHaveBeenOpenedInAGap(older with { Id = 3 }));
        Assert.True(history.MayHaveBeenOpenedInAGap(older with { Id = 4 }));
    }

    [Fact]
    public void WhatAStrangersExceptionLetThroughIsNotNewWhenTheExceptionIsGone()
    {
        var plain = Of($"-A DOCKER-USER {Drop}", Drop);
        var lenient = Of($"-A DOCKER-USER -s 9.9.9.9/32 -j RETURN\n-A DOCKER-USER {Drop}", Drop);
        var history = new ConnectionHistory();
        history.Begin(plain, [], []);
        Assert.True(history.WasOpenedInAGap(Published, Judge));
        Assert.False(history.Stands(lenient));
        Assert.False(history.Stands(plain));
        Assert.False(history.WasOpenedInAGap(Published, Judge));

        static Judgement Judge(Blockade blockade) => blockade.Judge(FirstPacket.Of(Published, Outside, Bridge));
    }

    [Fact]
    public void AnotherDropMeansCountingAnew()
    {
        var history = new ConnectionHistory();
        history.Begin(Of($"-A DOCKER-USER {Drop}", Drop), [], []);
        Assert.True(history.Stands(Of($"-A DOCKER-USER {Drop}\n-A DOCKER-USER -i eth1 -j DROP", Drop, "-i eth1 -j DROP")));
        Assert.False(history.Stands(Of("", Drop)));
        Assert.False(history.IsKnown);
    }

    private static DesiredChain Desired(params string[] drops) =>
        new(ChainKey.DockerUser) { Top = [.. drops.Select(drop => new DesiredRule("drop", new(drop), null))] };

    private static Blockade Of(string rules, params string[] drops) => Blockade.Of(new(Family.Ipv4, [Desired(drops)]), Live(rules));

    private static Ruleset Live(string rules, string forward = ":FORWARD ACCEPT [0:0]") => RulesetParser.Parse(
        Family.Ipv4,
        $"*filter\n:INPUT ACCEPT [0:0]\n{forward}\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n:MINE - [0:0]\n-A FORWARD -j DOCKER-USER\n{rules}\nCOMMIT\n");

    private static Connection Connect(string from, string called, string? translated = null)
    {
        var (source, destination, behind) = (IPEndPoint.Parse(from), IPEndPoint.Parse(called), IPEndPoint.Parse(translated ?? called));
        return new(
            Family.Ipv4, 6,
            new(Flow.Number(source.Address), Flow.Number(destination.Address), (ushort)source.Port, (ushort)destination.Port),
            new(Flow.Number(behind.Address), Flow.Number(source.Address), (ushort)behind.Port, (ushort)source.Port),
            translated is null ? 0 : Ctnetlink.IsDestinationTranslated, 7);
    }
}
