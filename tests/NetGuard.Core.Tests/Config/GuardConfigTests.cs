using NetGuard.Core.Config;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class GuardConfigTests
{
    [Fact]
    public void EveryKeyArrives()
    {
        var config = ConfigText.Config("""
            mode: audit
            interval: 1m30s
            backend: legacy
            families: [ipv6, ipv4]
            forwarding:
              ipv4: on
              ipv6: unmanaged
              interfaces:
                docker0: off
                eth0.100: {ipv4: on, ipv6: off}
            sysctls:
              net.ipv4.ip_local_port_range: 32768    60999
              net.ipv4.tcp_congestion_control: bbr
            chains:
              FORWARD:
                policy: {ipv6: ACCEPT, ipv4: DROP}
              nat/POSTROUTING:
                exclusive: true
                family: ipv4
                rules:
                  - -o eth0 -j MASQUERADE
                  - name: last
                    rule: -j ACCEPT
                    position: bottom
              EMPTY:
            """);
        Assert.Equal(GuardMode.Audit, config.Mode);
        Assert.Equal(TimeSpan.FromSeconds(90), config.Interval);
        Assert.Equal(Backend.Legacy, config.Backend);
        Assert.Equal([Family.Ipv4, Family.Ipv6], config.Families);
        Assert.Equal(
            [
                "net.ipv4.ip_forward=1", "net.ipv4.conf.docker0.forwarding=0", "net.ipv4.conf.eth0/100.forwarding=1",
                "net.ipv6.conf.eth0/100.forwarding=0", "net.ipv4.ip_local_port_range=32768 60999", "net.ipv4.tcp_congestion_control=bbr",
            ],
            config.Sysctls.Select(s => $"{s.Key}={s.Value}"));
        Assert.Equal(
            [new(Family.Ipv4, ChainPolicy.Drop, At(16, 34)), new(Family.Ipv6, ChainPolicy.Accept, At(16, 20))],
            config.Chains[0].Policies);
        Assert.Equal(
            new(new(TableName.Nat, new("POSTROUTING")), At(17, 3))
            {
                Exclusive = true,
                Family = Family.Ipv4,
                Rules =
                [
                    new("-o eth0 -j MASQUERADE", At(21, 9)) { Name = config.Chains[1].Rules[0].Name, Family = Family.Ipv4 },
                    new("-j ACCEPT", At(23, 15)) { Name = "last", Position = RulePosition.Bottom, Family = Family.Ipv4 },
                ],
            },
            config.Chains[1]);
        Assert.Equal(new(new(TableName.Filter, new("EMPTY")), At(25, 3)), config.Chains[2]);
    }

    [Fact]
    public void WhatIsNotDeclaredHasItsDefault()
    {
        var config = ConfigText.Config("backend: auto\n");
        Assert.Equal(new GuardConfig(), config);
        Assert.Null(config.Backend);
    }

    [Theory]
    [InlineData("families: [ipv6]\nchains: {FORWARD: {policy: DROP}}\n", "Ipv6")]
    [InlineData("chains: {FORWARD: {policy: DROP}}\n", "Ipv4 Ipv6")]
    [InlineData("chains: {FORWARD: {policy: DROP, family: ipv4}}\n", "Ipv4")]
    public void OnePolicyIsForAllFamiliesThatAreGuarded(string text, string families) =>
        Assert.Equal(families, string.Join(' ', ConfigText.Config(text).Chains[0].Policies.Select(p => p.Family)));

    [Theory]
    [InlineData("forwarding: {ipv4: on}\nsysctls: {net.ipv4.conf.all.forwarding: 1}\n", "net.ipv4.ip_forward=1 at c.yaml:1:14")]
    [InlineData("sysctls: {net.ipv4.conf.all.forwarding: 1}\n", "net.ipv4.ip_forward=1 at c.yaml:1:11")]
    [InlineData("forwarding: {ipv4: unmanaged}\nsysctls: {net.ipv4.ip_forward: 0}\n", "net.ipv4.ip_forward=0 at c.yaml:2:11")]
    [InlineData("forwarding: {ipv6: off, interfaces: {}}\n", "net.ipv6.conf.all.forwarding=0 at c.yaml:1:14")]
    public void OneSwitchIsDeclaredOnce(string text, string sysctl)
    {
        var config = Assert.Single(ConfigText.Config(text).Sysctls);
        Assert.Equal(sysctl, $"{config.Key}={config.Value} at {config.At}");
    }

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("1s500ms", 1.5)]
    [InlineData("5000ms", 5)]
    [InlineData("1h", 3600)]
    [InlineData("23h59m60s", 86400)]
    public void AnIntervalIsReadWithItsUnits(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ConfigText.Config($"interval: {text}\n").Interval);

    private static SourceLocation At(int line, int column) => new("c.yaml", line, column);
}
