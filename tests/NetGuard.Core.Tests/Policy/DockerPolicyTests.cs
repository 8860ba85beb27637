using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Config;
using Xunit;

namespace NetGuard.Core.Tests.Policy;

public class DockerPolicyTests
{
    private static readonly Topology TwoOnTwoNetworks = new(
        [new("n1", "bridge", "docker0"), new("n2", "back", "br-back")],
        [
            new("1", "app") { Endpoints = [new("n1", "172.17.0.3", "fd17::3"), new("n2", "172.18.0.3", null)] },
            new("2", "web") { Endpoints = [new("n1", "172.17.0.2", "fd17::2"), new("n2", "172.18.0.2", null)], Ports = [new("0.0.0.0", 8080, 80, Transport.Tcp)] },
        ]);

    [Fact]
    public void LinksStandBeforeWhatDeniesAndAreOnEachSharedNetwork() => Assert.Equal(
        """
        app -> web 80/tcp: -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        app <- web 80/tcp: -s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 80 -j ACCEPT
        app -> web 80/tcp (2): -s 172.18.0.3/32 -d 172.18.0.2/32 -i br-back -o br-back -p tcp -m tcp --dport 80 -j ACCEPT
        app <- web 80/tcp (2): -s 172.18.0.2/32 -d 172.18.0.3/32 -i br-back -o br-back -p tcp -m tcp --sport 80 -j ACCEPT
        icc deny bridge: -i docker0 -o docker0 -j DROP
        icc deny back: -i br-back -o br-back -j DROP
        """,
        Forward("{icc: deny, links: [{from: app, to: web, ports: [80]}]}", TwoOnTwoNetworks));

    [Fact]
    public void WhatIsAllowedOfAnyItemComesBeforeWhatIsRefusedOfAll() => Assert.Equal(
        """
        established eth0: -i eth0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
        published 8080/tcp eth0 from 8.8.8.8/32: -s 8.8.8.8/32 -i eth0 -p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL -j RETURN
        direct web 80/tcp eth0 from 8.8.8.8/32: -s 8.8.8.8/32 -d 172.17.0.2/32 -i eth0 -p tcp -m tcp --dport 80 -m conntrack ! --ctstate DNAT -j RETURN
        direct web 80/tcp eth0 from 8.8.8.8/32 (2): -s 8.8.8.8/32 -d 172.18.0.2/32 -i eth0 -p tcp -m tcp --dport 80 -m conntrack ! --ctstate DNAT -j RETURN
        published bridge eth0 from 10.0.0.0/8: -s 10.0.0.0/8 -i eth0 -o docker0 -j RETURN
        published back eth0 from 10.0.0.0/8: -s 10.0.0.0/8 -i eth0 -o br-back -j RETURN
        published 8080/tcp eth0 from others: -i eth0 -p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
        direct web 80/tcp eth0 from others: -d 172.17.0.2/32 -i eth0 -p tcp -m tcp --dport 80 -m conntrack ! --ctstate DNAT -j DROP
        direct web 80/tcp eth0 from others (2): -d 172.18.0.2/32 -i eth0 -p tcp -m tcp --dport 80 -m conntrack ! --ctstate DNAT -j DROP
        published bridge eth0 from others: -i eth0 -o docker0 -j DROP
        published back eth0 from others: -i eth0 -o br-back -j DROP
        """,
        Forward("{published: [{interfaces: [eth0], ports: [8080], allow: [8.8.8.8]}, {interfaces: [eth0], allow: [10.0.0.0/8]}]}", TwoOnTwoNetworks));

    [Fact]
    public void NothingOpensBeforeTheEngineIsHeard() => Assert.Equal(
        """
        icc deny bridge: -i docker0 -o docker0 -j DROP
        established eth0: -i eth0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
        published bridge eth0 from others: -i eth0 -o docker0 -j DROP
        published any network eth0 from others: -i eth0 -o br-+ -j DROP
        """,
        Forward("{icc: deny, published: [{interfaces: [eth0], allow: []}]}", Topology.Assumed));

    [Fact]
    public void TheJumpsComeBeforeWhatOthersHaveDeclared()
    {
        var chains = Chains(ConfigText.Config("docker: {published: [{interfaces: [eth0], ports: [1], allow: []}]}\nchains: {DOCKER-USER: {rules: [-j RETURN]}, INPUT: {rules: [-j ACCEPT]}}\n"), TwoOnTwoNetworks);
        foreach (var (chain, jump) in new[] { (ChainKey.DockerUser, ChainKey.NetGuardForward), (ChainKey.Input, ChainKey.NetGuardInput) })
        {
            var top = chains.Single(c => c.Key == chain).Top;
            Assert.Equal(2, top.Count);
            Assert.Equal($"-j {jump.Chain}", top[0].Rule.Body);
            Assert.True(chains.Single(c => c.Key == jump).Exclusive);
        }
    }

    [Theory]
    [InlineData("[]", "8080/tcp of web, open to everyone on eth0, eth1")]
    [InlineData("[{interfaces: [eth0], ports: [8080], allow: []}]", "8080/tcp of web, open to everyone on eth1")]
    [InlineData("[{interfaces: [eth+], allow: []}]", "")]
    [InlineData("[{interfaces: [eth0, eth1], ports: [8081], allow: []}]", "8080/tcp of web, open to everyone on eth0, eth1")]
    public void WhatNoItemCoversIsExposed(string published, string exposed) => Assert.Equal(
        exposed,
        string.Join('\n', ExposedPort.Of(ConfigText.Config($"docker: {{published: {published}}}\n").Docker!, TwoOnTwoNetworks, [new("eth0", ["1.2.3.4"]), new("eth1", [])])));

    [Fact]
    public void ALinkSaysWhatItWaitsFor()
    {
        var config = ConfigText.Config("docker: {links: [{from: app, to: db, ports: [1]}, {from: x, to: y, ports: [1]}, {from: app, to: web, ports: [1]}, {from: app, to: app, ports: [1]}]}\n").Docker!;
        Assert.Equal(
            ["db does not run", "x and y do not run", null, "app and app are on no network together"],
            LinkResolution.Of(config, TwoOnTwoNetworks).Select(l => l.Waiting));
    }

    private static string Forward(string docker, Topology topology) => string.Join('\n', Chains(ConfigText.Config($"families: [ipv4]\ndocker: {docker}\n"), topology)
        .Single(c => c.Key == ChainKey.NetGuardForward).Top.Select(rule => $"{rule.Name}: {rule.Rule.Body}"));

    private static ValueList<DesiredChain> Chains(GuardConfig config, Topology topology)
    {
        var accepted = RuleDraft.For(config, Family.Ipv4).ToDictionary(draft => draft.Config, Saved);
        return DesiredState.From(config, [new(Family.Ipv4, accepted, new Dictionary<RuleConfig, string>())], topology).Rulesets.Single().Chains;
    }

    // As iptables-save has it: the target last.
    private static ValueList<Rule> Saved(RuleDraft draft)
    {
        var jump = draft.Config.Text.LastIndexOf("-j ", StringComparison.Ordinal);
        return [new($"{draft.Config.Text[..jump]}-m comment --comment \"netguard:{draft.Config.Name}\" {draft.Config.Text[jump..]}")];
    }
}
