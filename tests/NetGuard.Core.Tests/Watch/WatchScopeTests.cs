using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Netlink;
using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Watch;

public class WatchScopeTests
{
    private const string Docker = """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :FIRST - [0:0]
        :CALLED - [0:0]
        :DOCKER - [0:0]
        :DOCKER-USER - [0:0]
        :LEFT - [0:0]
        :MINE - [0:0]
        -A FORWARD -j FIRST
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER
        -A FIRST -s 10.0.0.1/32 -j CALLED
        -A LEFT -m comment --comment "netguard:old" -j DROP
        COMMIT
        """;

    [Theory]
    [InlineData("filter", "DOCKER-USER", true)]
    [InlineData("filter", "FORWARD", true)]
    [InlineData("filter", "FIRST", true)] // A rule that accepts here passes DOCKER-USER by.
    [InlineData("filter", "CALLED", true)]
    [InlineData("filter", "LEFT", true)]
    [InlineData("filter", "DOCKER", false)]
    [InlineData("filter", "MINE", false)]
    [InlineData("filter", "INPUT", false)]
    [InlineData("nat", "DOCKER-USER", false)]
    public void OnlyWhatDecidesIsWatched(string table, string chain, bool watched)
    {
        var scope = Scope(new DesiredChain(ChainKey.DockerUser) { Top = [new("only", new("-j DROP"), null)] });
        Assert.Equal(watched, Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, Nfnetlink.Ipv4, table, chain)));
        Assert.False(Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, 1, table, chain))); // family inet
    }

    [Fact]
    public void AChainThatIsJumpedToMattersByComingAndGoingOnly()
    {
        var scope = Scope(new DesiredChain(new(TableName.Filter, new("MINE"))) { Top = [new("jump", new("-j DOCKER"), null)] });
        Assert.True(Matches(scope, w => Datagrams.Chain(w, NfTables.NewChain, Nfnetlink.Ipv4, "filter", "DOCKER")));
        Assert.False(Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, Nfnetlink.Ipv4, "filter", "DOCKER")));
        Assert.False(Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, Nfnetlink.Ipv4, "filter", "FORWARD")));
    }

    [Fact]
    public void ATablesEndConcernsItsChains()
    {
        var scope = Scope(new DesiredChain(ChainKey.Forward) { Policy = ChainPolicy.Drop });
        Assert.True(Matches(scope, w => Datagrams.Table(w, NfTables.DeleteTable, Nfnetlink.Ipv4, "filter")));
        Assert.False(Matches(scope, w => Datagrams.Table(w, NfTables.DeleteTable, Nfnetlink.Ipv4, "nat")));
    }

    [Fact]
    public void WhatHasNotBeenReadIsWatchedAsAWhole()
    {
        var scope = WatchScope.Of(new([new(Family.Ipv4, [new(ChainKey.Forward)])], []), []);
        Assert.True(Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, Nfnetlink.Ipv4, "nat", "ANY")));
        Assert.False(Matches(scope, w => Datagrams.Rule(w, NfTables.NewRule, Nfnetlink.Ipv6, "nat", "ANY")));
    }

    private static WatchScope Scope(DesiredChain chain) =>
        WatchScope.Of(new([new(Family.Ipv4, [chain])], []), [RulesetParser.Parse(Family.Ipv4, Docker)]);

    private static bool Matches(WatchScope scope, Action<NetlinkWriter> write)
    {
        var writer = new NetlinkWriter();
        write(writer);
        return Datagrams.First(writer, change => scope.Match(change) is not null);
    }
}
