using NetGuard.Core.Config;
using Xunit;

namespace NetGuard.Core.Tests.Config;

public class DockerSectionTests
{
    [Fact]
    public void EveryKeyArrives()
    {
        var docker = ConfigText.Config("""
            docker:
              socket: /run/other.sock
              icc: deny
              networks:
                backend: { icc: allow }
              links:
                - { from: app, to: service:web, ports: [80/tcp, 53/udp, 8000-8010] }
                - { from: "label:role=a b", to: db, ports: [5432/tcp] }
              published:
                - interfaces: [eth0, wg+]
                  ports: [8080/tcp]
                  allow: [8.8.8.8, 10.0.0.0/8, 2001:DB8::/32]
                - { interfaces: [eth1], allow: [] }
              heal: on
            """).Docker!;
        Assert.Equal("/run/other.sock", docker.Socket);
        Assert.Equal(IccMode.Deny, docker.IccOf("bridge"));
        Assert.Equal(IccMode.Allow, docker.IccOf("backend"));
        Assert.Equal(["app -> service:web 80/tcp 53/udp 8000-8010/tcp", "label:role=a b -> db 5432/tcp"],
            docker.Links.Select(l => $"{l.From} -> {l.To} {string.Join(' ', l.Ports)}"));
        Assert.Equal(["eth0 wg+", "eth1"], docker.Published.Select(p => string.Join(' ', p.Interfaces)));
        Assert.Equal(["8.8.8.8/32", "10.0.0.0/8", "2001:db8::/32"], docker.Published[0].Allow.Select(a => a.Text));
        Assert.True(docker.Published[0].Covers(8080, Transport.Tcp));
        Assert.False(docker.Published[0].Covers(8080, Transport.Udp));
        Assert.True(docker.Published[1].Covers(1, Transport.Udp));
        Assert.True(docker.Heal);
    }

    [Fact]
    public void WhatIsNotDeclaredHasItsDefault()
    {
        var config = ConfigText.Config("docker: {links: []}\n");
        Assert.Equal(new DockerConfig(new("c.yaml", 1, 1)), config.Docker);
        Assert.Empty(config.Sysctls);
        Assert.Null(ConfigText.Config("backend: auto\n").Docker);
    }

    [Theory]
    [InlineData("docker: {icc: deny}\n", "net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1")]
    [InlineData("families: [ipv4]\ndocker: {networks: {backend: {icc: deny}}}\n", "net.bridge.bridge-nf-call-iptables=1")]
    [InlineData("docker: {icc: allow}\n", "")]
    [InlineData("docker: {icc: deny}\nsysctls: {net.bridge.bridge-nf-call-iptables: 1}\n", "net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1")]
    public void DenyingWithinABridgeTakesTheBridgesTrafficToTheRules(string text, string sysctls) =>
        Assert.Equal(sysctls, string.Join(' ', ConfigText.Config(text).Sysctls.Select(s => $"{s.Key}={s.Value}")));

    [Fact]
    public void DropInsAddLinksAndNetworks()
    {
        var docker = ConfigText.Config("docker: {icc: deny, links: [{from: a, to: b, ports: [1]}]}\n", "docker: {networks: {n: {icc: allow}}, links: [{from: c, to: d, ports: [2]}]}\n").Docker!;
        Assert.Equal(["a", "c"], docker.Links.Select(l => l.From.Name));
        Assert.Equal(IccMode.Allow, docker.IccOf("n"));
    }

    [Theory]
    [InlineData("docker:\n",
        "c.yaml:1:8: docker has no value (expected a mapping)")]
    [InlineData("docker: {link: [], icc: false, heal: true}\n",
        "c.yaml:1:10: unknown key 'link' (did you mean 'links')\nc.yaml:1:25: icc is 'false' (expected allow, deny or unmanaged; did you mean 'deny')\nc.yaml:1:38: heal is 'true' (expected on or off; did you mean 'on')")]
    [InlineData("docker: {socket: unix:///run/docker.sock}\n",
        "c.yaml:1:18: socket is 'unix:///run/docker.sock': a path is expected (did you mean '/run/docker.sock')")]
    [InlineData("docker: {socket: 'tcp://1.2.3.4:2375'}\n",
        "c.yaml:1:18: socket is 'tcp://1.2.3.4:2375': only a unix socket is taken (expected its path, such as /run/docker.sock)")]
    [InlineData("docker: {socket: docker.sock}\n",
        "c.yaml:1:18: socket is 'docker.sock': the path must begin with '/' (expected one such as /run/docker.sock)")]
    [InlineData("docker: {networks: {backend: {}, 'a b': {icc: deny}, c: {icc: maybe}}}\n",
        "c.yaml:1:30: nothing is said of the network backend (expected the key 'icc')\nc.yaml:1:34: 'a b' is no network's name (expected Docker's name of it, as in 'docker network ls')\nc.yaml:1:63: icc is 'maybe' (expected allow, deny or unmanaged)")]
    [InlineData("docker: {links: [{from: /app, to: 'servise:web', ports: [80]}]}\n",
        "c.yaml:1:25: '/app' is no container's name (did you mean 'app')\nc.yaml:1:35: 'servise:web' chooses no containers (expected a container's name, service:NAME or label:KEY=VALUE; did you mean 'service:web')")]
    [InlineData("docker: {links: [{from: 'label:x', to: 'a b'}, app, {from: a, t: b, ports: [1]}]}\n",
        "c.yaml:1:18: a link without 'ports'\nc.yaml:1:48: a link is a single value (expected a mapping)\nc.yaml:1:63: unknown key 't' (did you mean 'to')")]
    [InlineData("docker: {links: [{from: a, to: b, ports: []}, {from: a, to: b, ports: [0, 80/http, 90-80, '8080:80', 65536, 1-2-3]}]}\n",
        "c.yaml:1:42: ports is empty (expected the ports of 'to', such as [80/tcp])\nc.yaml:1:72: '0' is no port (expected 1 to 65535, as in '80/tcp' or '8000-8010/tcp')\nc.yaml:1:75: '80/http' has no transport that Docker publishes (expected tcp, udp or sctp, as in '80/tcp')\nc.yaml:1:84: '90-80' ends before it begins (did you mean '80-90/tcp')\nc.yaml:1:91: '8080:80' is no port (expected one port: the host's under 'published', the container's in a link)\nc.yaml:1:102: '65536' is no port (expected 1 to 65535, as in '80/tcp' or '8000-8010/tcp')\nc.yaml:1:109: '1-2-3' is no port (expected 1 to 65535, as in '80/tcp' or '8000-8010/tcp')")]
    [InlineData("docker: {published: [{ports: [80]}, {interfaces: [], allow: []}, {interfaces: [lo, a/b], allow: [x]}]}\n",
        "c.yaml:1:22: an item of published without 'interfaces' and 'allow'\nc.yaml:1:50: interfaces is empty (expected a list such as [eth0])\nc.yaml:1:80: 'lo' is the host itself, from which nobody comes from outside\nc.yaml:1:84: 'a/b' is no name of an interface (no spaces, slashes or colons)\nc.yaml:1:98: 'x' is no address (addresses only: a name is resolved once, when the rule is loaded)")]
    [InlineData("families: [ipv4]\ndocker: {published: [{interfaces: [eth0], allow: [10.1.2.3/8, '10.0.0.1,10.0.0.2', 10/8, '2001:db8::1', 1.2.3.4/33, 10.0.0.0/255.0.0.0]}]}\n",
        "c.yaml:2:51: '10.1.2.3/8' has bits behind its prefix (did you mean '10.0.0.0/8', or '10.1.2.3' alone)\nc.yaml:2:63: '10.0.0.1,10.0.0.2' is several addresses (write each as an item of its own)\nc.yaml:2:84: '10/8' is no address (expected one such as 10.0.0.1 or 10.0.0.0/8)\nc.yaml:2:90: ipv6 is not guarded here (families is [ipv4])\nc.yaml:2:105: '1.2.3.4/33' is no IPv4 address (expected a mask of /0 to /32)\nc.yaml:2:117: '10.0.0.0/255.0.0.0' has no prefix that is a number (expected a mask of /0 to /32)")]
    [InlineData("docker: {icc: deny}\nsysctls: {net.bridge.bridge-nf-call-iptables: 0}\n",
        "c.yaml:1:10: icc 'deny' contradicts net.bridge.bridge-nf-call-iptables '0' at c.yaml:2:11 (without it the rules do not see the traffic within a bridge)")]
    public void AMistakeIsNamedWithWhatWasExpected(string text, string mistakes) =>
        Assert.Equal(mistakes, ConfigText.Mistakes(text));
}
