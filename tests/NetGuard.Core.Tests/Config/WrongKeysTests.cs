using Xunit;

namespace NetGuard.Core.Tests.Config;

public class WrongKeysTests
{
    [Theory]
    [InlineData("mod: enforce\n",
        "c.yaml:1:1: unknown key 'mod' (did you mean 'mode')")]
    [InlineData("intervall: 60s\n",
        "c.yaml:1:1: unknown key 'intervall' (did you mean 'interval')")]
    [InlineData("x: y\n",
        "c.yaml:1:1: unknown key 'x' (expected mode, interval, backend, families, forwarding, sysctls, chains, docker or metrics)")]
    [InlineData("metrics: {file: /x.prom}\n",
        "c.yaml:1:11: unknown key 'file' (expected textfile)")]
    [InlineData("metrics: {}\n",
        "c.yaml:1:10: metrics has no textfile (expected textfile: an absolute path such as /var/lib/prometheus/node-exporter/netguard.prom)")]
    [InlineData("metrics: /x.prom\n",
        "c.yaml:1:10: metrics is a single value (expected a mapping)")]
    [InlineData("metrics: {textfile: [/x.prom]}\n",
        "c.yaml:1:21: textfile is a list (expected an absolute path such as /var/lib/prometheus/node-exporter/netguard.prom)")]
    [InlineData("metrics: {textfile: x.prom}\n",
        "c.yaml:1:21: textfile is 'x.prom', not an absolute path (expected an absolute path such as /var/lib/prometheus/node-exporter/netguard.prom)")]
    [InlineData("metrics: {textfile: /x.txt}\n",
        "c.yaml:1:21: textfile is '/x.txt', without a name that ends in .prom (node_exporter reads no others)")]
    [InlineData("metrics: {textfile: \"/x\\ny.prom\"}\n",
        "c.yaml:1:21: textfile is '/x\\u000ay.prom', with a control character in it")]
    [InlineData("DOCKER-USER:\n  rules: []\n",
        "c.yaml:1:1: unknown key 'DOCKER-USER' (a chain stands under 'chains')")]
    [InlineData("FORWARD: {policy: DROP}\n",
        "c.yaml:1:1: unknown key 'FORWARD' (a chain stands under 'chains')")]
    [InlineData("mode: enforced\n",
        "c.yaml:1:7: mode is 'enforced' (expected enforce or audit; did you mean 'enforce')")]
    [InlineData("mode: dry-run\n",
        "c.yaml:1:7: mode is 'dry-run' (expected enforce or audit; did you mean 'audit')")]
    [InlineData("mode: ENFORCE\n",
        "c.yaml:1:7: mode is 'ENFORCE' (expected enforce or audit; did you mean 'enforce')")]
    [InlineData("mode: [enforce]\n",
        "c.yaml:1:7: mode is a list (expected enforce or audit)")]
    [InlineData("mode: {}\n",
        "c.yaml:1:7: mode is a mapping (expected enforce or audit)")]
    [InlineData("mode: ~\n",
        "c.yaml:1:7: mode has no value (expected enforce or audit)")]
    [InlineData("mode: ''\n",
        "c.yaml:1:7: mode is '' (expected enforce or audit)")]
    [InlineData("backend: nftables\n",
        "c.yaml:1:10: backend is 'nftables' (expected auto, nft or legacy; did you mean 'nft')")]
    [InlineData("backend: nfs\n",
        "c.yaml:1:10: backend is 'nfs' (expected auto, nft or legacy; did you mean 'nft')")]
    [InlineData("interval: 60\n",
        "c.yaml:1:11: interval is '60', without a unit (did you mean 60s)")]
    [InlineData("interval: 500ms\n",
        "c.yaml:1:11: interval is '500ms', too short (expected at least 1s)")]
    [InlineData("interval: 0s\n",
        "c.yaml:1:11: interval is '0s', too short (expected at least 1s)")]
    [InlineData("interval: 25h\n",
        "c.yaml:1:11: interval is '25h', too long (expected at most 24h)")]
    [InlineData("interval: 10x\n",
        "c.yaml:1:11: interval is '10x', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: 1s1m\n",
        "c.yaml:1:11: interval is '1s1m', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: ''\n",
        "c.yaml:1:11: interval is '', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: 1.5h\n",
        "c.yaml:1:11: interval is '1.5h', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: -5s\n",
        "c.yaml:1:11: interval is '-5s', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: 99999999999s\n",
        "c.yaml:1:11: interval is '99999999999s', not a duration (expected one such as 60s, 5m, 1h or 1m30s)")]
    [InlineData("interval: [1s]\n",
        "c.yaml:1:11: interval is a list (expected a duration such as 60s)")]
    [InlineData("families: ipv4\n",
        "c.yaml:1:11: families is a single value (expected a list such as [ipv4, ipv6])")]
    [InlineData("families: []\n",
        "c.yaml:1:11: families is empty (expected ipv4, ipv6 or both)")]
    [InlineData("families: [ipv4, ipv4]\n",
        "c.yaml:1:18: ipv4 stands here twice (first at c.yaml:1:12)")]
    [InlineData("families: [ip4, inet6, x]\n",
        "c.yaml:1:12: a family is 'ip4' (expected ipv4 or ipv6; did you mean 'ipv4')\nc.yaml:1:17: a family is 'inet6' (expected ipv4 or ipv6; did you mean 'ipv6')\nc.yaml:1:24: a family is 'x' (expected ipv4 or ipv6)")]
    [InlineData("families:\n",
        "c.yaml:1:10: families has no value (expected a list such as [ipv4, ipv6])")]
    [InlineData("forwarding:\n",
        "c.yaml:1:12: forwarding has no value (expected a mapping)")]
    [InlineData("forwarding: on\n",
        "c.yaml:1:13: forwarding is a single value (expected a mapping)")]
    [InlineData("forwarding:\n  ipv4: true\n  ipv6: no\n  ip: on\n",
        "c.yaml:2:9: forwarding.ipv4 is 'true' (expected on, off or unmanaged; did you mean 'on')\nc.yaml:3:9: forwarding.ipv6 is 'no' (expected on, off or unmanaged; did you mean 'off')\nc.yaml:4:3: unknown key 'ip' (expected ipv4, ipv6 or interfaces)")]
    [InlineData("forwarding: {ipv4: [on]}\n",
        "c.yaml:1:20: forwarding.ipv4 is a list (expected on, off or unmanaged)")]
    [InlineData("forwarding: {interfaces: {all: on, default: off, .: on, a/b: on, 'a b': on, abcdefghijklmnop: on, eth0: yes}}\n",
        "c.yaml:1:27: 'all' is no interface (did you mean 'forwarding.ipv4', the switch of all interfaces)\nc.yaml:1:36: 'default' is no interface (did you mean the key 'net.ipv4.conf.default.forwarding' under 'sysctls')\nc.yaml:1:50: '.' is no name of an interface\nc.yaml:1:57: 'a/b' is no name of an interface (no spaces, slashes or colons)\nc.yaml:1:66: 'a b' is no name of an interface (no spaces, slashes or colons)\nc.yaml:1:77: the interface name 'abcdefghijklmnop' is 16 bytes long (at most 15)\nc.yaml:1:105: forwarding of eth0 is 'yes' (expected on, off or unmanaged; did you mean 'on')")]
    [InlineData("forwarding: {interfaces: {eth0: {ipv4: on, ip6: on}}}\n",
        "c.yaml:1:44: unknown key 'ip6' (did you mean 'ipv6')")]
    [InlineData("forwarding: {interfaces: [eth0]}\n",
        "c.yaml:1:26: interfaces is a list (expected a mapping)")]
    [InlineData("forwarding: {interfaces: {eth0: }}\n",
        "c.yaml:1:33: forwarding of eth0 has no value (expected on, off or unmanaged)")]
    [InlineData("sysctls: {net.ipv4.ip_forward: on, net.core.somaxconn: '', net.core.a: , kernel.panic: 1, net..x: 1, net: {ipv4: {ip_forward: 1}}}\n",
        "c.yaml:1:32: net.ipv4.ip_forward is 'on', which the kernel does not read (did you mean 1)\nc.yaml:1:56: net.core.somaxconn has no value (expected a value such as 1)\nc.yaml:1:72: net.core.a has no value (expected a value such as 1)\nc.yaml:1:74: 'kernel.panic': only keys under net. are guarded\nc.yaml:1:91: 'net..x': a sysctl name has no empty part\nc.yaml:1:102: 'net': only keys under net. are guarded; write the whole name: net.ipv4.ip_forward: 1")]
    [InlineData("sysctls: {net.a: [1], net.b: \"1\\u00072\", net.c: FALSE, net.d: unmanaged, 'net. x': 1}\n",
        "c.yaml:1:18: net.a is a list (expected a value such as 1)\nc.yaml:1:30: net.b has a control character in its value '1\\u00072'\nc.yaml:1:49: net.c is 'FALSE', which the kernel does not read (did you mean 0)\nc.yaml:1:63: net.d is 'unmanaged', which the kernel does not read (leave the key out)\nc.yaml:1:74: 'net. x': a sysctl name has no spaces or control characters")]
    [InlineData("sysctls: [net.a]\n",
        "c.yaml:1:10: sysctls is a list (expected a mapping)")]
    [InlineData("forwarding: {ipv4: on}\nsysctls: {net.ipv4.ip_forward: 0}\n",
        "c.yaml:2:11: net.ipv4.ip_forward '0' contradicts forwarding.ipv4 'on' at c.yaml:1:14 (in the kernel they are one switch)")]
    [InlineData("sysctls:\n  net.ipv4.ip_forward: 1\n  net.ipv4.conf.all.forwarding: 0\n",
        "c.yaml:3:3: net.ipv4.conf.all.forwarding '0' contradicts net.ipv4.ip_forward '1' at c.yaml:2:3 (in the kernel they are one switch)")]
    [InlineData("forwarding: {ipv4: on, interfaces: {docker0: on}}\nsysctls: {net.ipv4.conf.all.forwarding: '1', net.ipv4.conf.docker0.forwarding: 0}\n",
        "c.yaml:2:46: net.ipv4.conf.docker0.forwarding '0' contradicts forwarding of docker0 'on' at c.yaml:1:37 (in the kernel they are one switch)")]
    public void AWrongKeyOrValueIsNamedWithWhatWasExpected(string text, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(text));
}
