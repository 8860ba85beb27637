using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class DropInTests
{
    [Theory]
    [InlineData("1.yaml:1:7: mode is 'audit' here and 'enforce' at c.yaml:1:7", "mode: enforce\n", "mode: audit\n")]
    [InlineData("", "mode: enforce\n", "mode: enforce\n")]
    [InlineData("", "mode: enforce\n", "")]
    [InlineData("c.yaml: the file declares nothing (expected at least one of mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)", "", "mode: enforce\n")]
    [InlineData("1.yaml:1:1: the file is a list (expected a mapping)", "mode: enforce\n", "[a]\n")]
    [InlineData("1.yaml:1:35: policy is 'ACCEPT' here and 'DROP' at c.yaml:1:28", "chains: {FORWARD: {policy: DROP}}\n", "chains: {filter/FORWARD: {policy: ACCEPT}}\n")]
    [InlineData("1.yaml:1:28: policy is a mapping here and a single value at c.yaml:1:28", "chains: {FORWARD: {policy: DROP}}\n", "chains: {FORWARD: {policy: {ipv4: DROP}}}\n")]
    [InlineData("", "chains: {FORWARD: }\n", "chains: {FORWARD: {policy: DROP}}\n")]
    [InlineData("", "chains: {FORWARD: {policy: DROP}}\n", "chains: {FORWARD: }\n")]
    [InlineData("c.yaml:1:6: mode has no value (expected enforce or audit)", "mode: \n", "mode: audit\n")]
    [InlineData("", "families: [ipv4]\n", "families: [ipv4, ipv6]\n")]
    [InlineData("2.yaml:1:18: net.a is '3' here and '1  2' at c.yaml:1:18", "sysctls: {net.a: 1  2}\n", "sysctls: {net/a: '1 2'}\n", "sysctls: {net.a: 3}\n")]
    [InlineData("1.yaml:1:29: two rules of this chain are called 'a' (the first at c.yaml:1:29)", "chains: {X: {rules: [{name: a, rule: -j DROP}]}}\n", "chains: {X: {rules: [{name: a, rule: -j ACCEPT}]}}\n")]
    [InlineData("c.yaml:1:7: mode is 'x' (expected enforce or audit)\nc.yaml:2:28: '-A' is a command of iptables, not part of a rule (leave out '-A x'; the chain is the key)\n1.yaml:1:11: interval is '1', without a unit (did you mean 1s)\n2.yaml:2:1: a tab in the indentation (YAML is indented with spaces)", "mode: x\nchains: {FORWARD: {rules: [-A x]}}\n", "interval: 1\n", "foo: 1\n\t\tx: \n")]
    [InlineData("1.yaml:1:33: eth0 is a mapping here and a single value at c.yaml:2:33", "mode: enforce\nforwarding: {interfaces: {eth0: on}}\n", "forwarding: {interfaces: {eth0: {ipv6: on}}}\n")]
    [InlineData("1.yaml:1:11: net.ipv4.conf.all.forwarding '0' contradicts forwarding.ipv4 'on' at c.yaml:1:14 (in the kernel they are one switch)", "forwarding: {ipv4: on}\n", "sysctls: {net.ipv4.conf.all.forwarding: 0}\n")]
    public void FilesAreMergedOrBothPlacesAreNamed(string mistakes, params string[] texts) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(texts));

    [Fact]
    public void MappingsMergeByKeyAndListsAppend()
    {
        var config = ConfigText.Config(
            "families: [ipv6]\nsysctls: {net.a: 1}\nchains: {X: {rules: [-j A]}, FORWARD: }\n",
            "families: [ipv4]\nsysctls: {net.b: 2, net/a: 1}\nchains: {filter/X: {rules: [{rule: -j B, position: bottom}]}, Y: }\n",
            "chains: {FORWARD: {policy: DROP}, X: {rules: [-j C]}}\n");
        Assert.Equal([Family.Ipv4, Family.Ipv6], config.Families);
        Assert.Equal(["net.a=1", "net.b=2"], config.Sysctls.Select(s => $"{s.Key}={s.Value}"));
        Assert.Equal(["X", "FORWARD", "Y"], config.Chains.Select(c => c.Key.ToString()));
        Assert.Equal(["-j A", "-j B", "-j C"], config.Chains[0].Rules.Select(r => r.Text));
        Assert.Equal(["c.yaml", "1.yaml", "2.yaml"], config.Chains[0].Rules.Select(r => r.At.File));
        Assert.Equal(2, config.Chains[1].Policies.Count);
    }

    [Fact]
    public void MistakesComeInTheOrderOfTheFilesAndTheirLines()
    {
        var result = ConfigText.Parse("mode: x\ninterval: 1\n", "foo: 1\nbackend: y\n");
        Assert.Equal(["c.yaml:1:7", "c.yaml:2:11", "1.yaml:1:1", "1.yaml:2:10"], result.Mistakes.Select(m => m.At.ToString()));
    }
}
