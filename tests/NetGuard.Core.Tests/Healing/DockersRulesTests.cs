using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.Healing;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Healing;

public class DockersRulesTests
{
    public static TheoryData<string> Layouts => [.. Directory.EnumerateFiles(Folder, "docker-*").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "layouts");

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EveryRuleOfEveryLayoutIsKnown(string layout)
    {
        var family = layout.EndsWith('6') ? Family.Ipv6 : Family.Ipv4;
        var ruleset = RulesetParser.Parse(family, File.ReadAllText(Path.Combine(Folder, layout)));
        var rules = ruleset.Chains.SelectMany(chain => chain.Value.Rules, (chain, rule) => (chain.Key, Rule: rule)).ToList();
        Assert.All(rules, rule => Assert.NotNull(DockersRules.Recognise(rule.Key, rule.Rule)));
    }

    [Theory]
    [InlineData("FORWARD", "-i docker0 -j ACCEPT")] // Docker 28.0.0 has this one; so may anybody.
    [InlineData("FORWARD", "-j MINE")]
    [InlineData("FORWARD", "-j ACCEPT")]
    [InlineData("FORWARD", "-i docker0 ! -o eth0 -j ACCEPT")]
    [InlineData("FORWARD", "-i docker+ -o docker+ -j ACCEPT")]
    [InlineData("FORWARD", "-m comment --comment \"netguard:x\" -j DOCKER-USER")]
    [InlineData("FORWARD", "-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment mine -j ACCEPT")]
    [InlineData("DOCKER", "-s 10.0.0.0/8 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT")]
    [InlineData("DOCKER", "-d 172.17.0.2/32 -j ACCEPT")]
    [InlineData("DOCKER", "-j DROP")]
    [InlineData("DOCKER-USER", "-i eth0 -j DROP")]
    [InlineData("INPUT", "-i docker0 -j ACCEPT")]
    [InlineData("nat/POSTROUTING", "-s 172.17.0.0/16 -j MASQUERADE")]
    [InlineData("nat/POSTROUTING", "-o eth0 -j MASQUERADE")]
    [InlineData("nat/DOCKER", "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2")]
    [InlineData("raw/PREROUTING", "-d 172.17.0.2/32 -j DROP")]
    public void WhatCannotBeToldIsNotDockers(string chain, string rule) => Assert.Null(Recognise(chain, rule));

    [Fact]
    public void ARuleStandsAsLongAsDockerReportsWhatItIsAbout()
    {
        var claim = Recognise("nat/DOCKER", "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80")!;
        Assert.True(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 8080, 80)));
        Assert.False(claim.Holds(Family.Ipv4, Docker("docker1", "172.17.0.2", 8080, 80)));
        Assert.False(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.3", 8080, 80)));
        Assert.False(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 8081, 80)));
        Assert.False(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 8080, 81)));

        claim = Recognise("DOCKER", "-d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT")!;
        Assert.True(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 9999, 80)));
        Assert.False(claim.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 80, 81)));
        Assert.True(Recognise("FORWARD", "-j DOCKER-USER")!.Holds(Family.Ipv4, Docker("docker0", "172.17.0.2", 8080, 80)));
    }

    [Fact]
    public void DockersReturnInDockerUserIsTheLastRuleOnly()
    {
        var ruleset = RulesetParser.Parse(
            Family.Ipv4,
            "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A DOCKER-USER -j RETURN\n-A DOCKER-USER -j RETURN\nCOMMIT\n");
        var chain = Assert.Single(RememberedChain.Of(ruleset, (_, _, _) => default));
        Assert.Equal([false, true], chain.Rules.Select(rule => rule.Claim is not null));
    }

    internal static Topology Docker(string bridge, string address, int host, int port) => new(
        [new("n", "bridge", bridge)],
        [new("c", "web") { Endpoints = [new("n", address, null)], Ports = [new("0.0.0.0", host, port, Transport.Tcp)] }]);

    private static DockerClaim? Recognise(string chain, string rule)
    {
        var (table, name) = chain.Split('/') is [var t, var n] ? (t, n) : ("filter", chain);
        Assert.True(TableName.TryParse(table, out var parsed));
        return DockersRules.Recognise(new(parsed, new(name)), new(rule));
    }
}
