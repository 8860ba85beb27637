using Xunit;

namespace NetGuard.Core.Tests.Config;

public class WrongChainsTests
{
    [Theory]
    [InlineData("chains: [FORWARD]\n",
        "c.yaml:1:9: chains is a list (expected a mapping)")]
    [InlineData("chains:\n",
        "c.yaml:1:8: chains has no value (expected a mapping)")]
    [InlineData("chains: {FORWARD: DROP}\n",
        "c.yaml:1:19: FORWARD is a single value (expected a mapping)")]
    [InlineData("chains: {FORWARD: [DROP]}\n",
        "c.yaml:1:19: FORWARD is a list (expected a mapping)")]
    [InlineData("chains: {FORWARD: {polcy: DROP}}\n",
        "c.yaml:1:20: unknown key 'polcy' (did you mean 'policy')")]
    [InlineData("chains: {nta/PREROUTING: }\n",
        "c.yaml:1:10: there is no table 'nta' (expected filter, nat, mangle, raw or security; did you mean 'nat/PREROUTING')")]
    [InlineData("chains: {x/Y: }\n",
        "c.yaml:1:10: there is no table 'x' (expected filter, nat, mangle, raw or security)")]
    [InlineData("chains: {/Y: }\n",
        "c.yaml:1:10: there is no table '' (expected filter, nat, mangle, raw or security)")]
    [InlineData("chains: {nat/FORWARD: }\n",
        "c.yaml:1:10: table nat has no chain FORWARD, which is built in elsewhere (did you mean 'FORWARD', 'mangle/FORWARD' or 'security/FORWARD')")]
    [InlineData("chains: {PREROUTING: }\n",
        "c.yaml:1:10: table filter has no chain PREROUTING, which is built in elsewhere (did you mean 'nat/PREROUTING', 'mangle/PREROUTING' or 'raw/PREROUTING')")]
    [InlineData("chains: {raw/INPUT: }\n",
        "c.yaml:1:10: table raw has no chain INPUT, which is built in elsewhere (did you mean 'INPUT', 'nat/INPUT', 'mangle/INPUT' or 'security/INPUT')")]
    [InlineData("chains: {nat/: }\n",
        "c.yaml:1:10: 'nat/': a chain name is empty")]
    [InlineData("chains: {filter/: }\n",
        "c.yaml:1:10: 'filter/': a chain name is empty")]
    [InlineData("chains: {a b: }\n",
        "c.yaml:1:10: 'a b': a chain name has no spaces, quotes, slashes or control characters")]
    [InlineData("chains: {nat/a/b: }\n",
        "c.yaml:1:10: 'nat/a/b': a chain name has no spaces, quotes, slashes or control characters")]
    [InlineData("chains: {ABCDEFGHIJKLMNOPQRSTUVWXYZABC: }\n",
        "c.yaml:1:10: 'ABCDEFGHIJKLMNOPQRSTUVWXYZABC': chain name is 29 bytes long, iptables takes at most 28")]
    [InlineData("chains: {-x: }\n",
        "c.yaml:1:10: '-x': a chain name cannot begin with '-'")]
    [InlineData("chains: {DROP: }\n",
        "c.yaml:1:10: DROP is a verdict, no chain (expected the name of a chain)")]
    [InlineData("chains: {NETGUARD-SCRATCH: }\n",
        "c.yaml:1:10: NETGUARD-SCRATCH is NetGuard's own chain (choose another name)")]
    [InlineData("chains: {DOCKER-USER: {policy: DROP}}\n",
        "c.yaml:1:24: DOCKER-USER cannot have a policy (only built-in chains have one: INPUT, FORWARD or OUTPUT)")]
    [InlineData("chains: {FORWARD: {policy: drop}}\n",
        "c.yaml:1:28: policy is 'drop' (expected ACCEPT or DROP; did you mean 'DROP')")]
    [InlineData("chains: {FORWARD: {policy: REJECT}}\n",
        "c.yaml:1:28: policy is 'REJECT' (expected ACCEPT or DROP; did you mean 'DROP')")]
    [InlineData("chains: {FORWARD: {policy: [DROP]}}\n",
        "c.yaml:1:28: policy is a list (expected ACCEPT or DROP)")]
    [InlineData("chains: {FORWARD: {policy: }}\n",
        "c.yaml:1:28: policy has no value (expected ACCEPT or DROP)")]
    [InlineData("chains: {FORWARD: {policy: {ipv4: DROP, ip6: ACCEPT}}}\n",
        "c.yaml:1:41: unknown key 'ip6' (did you mean 'ipv6')")]
    [InlineData("chains: {FORWARD: {policy: {ipv4: DORP}}}\n",
        "c.yaml:1:35: policy is 'DORP' (expected ACCEPT or DROP; did you mean 'DROP')")]
    [InlineData("chains: {nat/PREROUTING: {policy: DROP}}\n",
        "c.yaml:1:35: the nat table takes no DROP (filter in another table, such as 'raw/PREROUTING' or 'FORWARD')")]
    [InlineData("families: [ipv4]\nchains: {FORWARD: {policy: {ipv4: DROP, ipv6: DROP}}}\n",
        "c.yaml:2:41: ipv6 is not guarded here (families is [ipv4])")]
    [InlineData("chains: {FORWARD: {family: ipv4, policy: {ipv6: DROP}}}\n",
        "c.yaml:1:43: ipv6 is not guarded here (the chain's family is ipv4 at c.yaml:1:28)")]
    [InlineData("families: [ipv4]\nchains: {FORWARD: {family: ipv6}}\n",
        "c.yaml:2:28: ipv6 is not guarded here (families is [ipv4])")]
    [InlineData("chains: {FORWARD: {family: [ipv6]}}\n",
        "c.yaml:1:28: family is a list (expected ipv4 or ipv6)")]
    [InlineData("chains: {X: {exclusive: true}}\n",
        "c.yaml:1:14: an exclusive chain without 'rules' (write 'rules: []' if it shall have none at all)")]
    [InlineData("chains: {X: {exclusive: on, rules: []}}\n",
        "c.yaml:1:25: exclusive is 'on' (expected true or false; did you mean 'true')")]
    [InlineData("chains: {X: {exclusive: , rules: []}}\n",
        "c.yaml:1:25: exclusive has no value (expected true or false)")]
    [InlineData("chains: {X: {rules: }}\n",
        "c.yaml:1:21: rules has no value (expected a list; [] for none)")]
    [InlineData("chains: {X: {rules: -j DROP}}\n",
        "c.yaml:1:21: rules is a single value (expected a list; [] for none)")]
    [InlineData("chains: {X: {rules: {rule: -j DROP}}}\n",
        "c.yaml:1:21: rules is a mapping (expected a list; [] for none)")]
    public void AWrongChainIsNamedWithWhatWasMeant(string text, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(text));
}
