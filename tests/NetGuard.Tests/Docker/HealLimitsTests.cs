using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>What of Docker's is not healed is told of, left alone, and does not keep the rest from being healed.</summary>
public class HealLimitsTests
{
    // As programIngress of moby's libnetwork/service_linux.go makes them, for a service that is published on 8090.
    private const string Swarm = """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :DOCKER - [0:0]
        :DOCKER-INGRESS - [0:0]
        :DOCKER-ISOLATION-STAGE-1 - [0:0]
        :DOCKER-ISOLATION-STAGE-2 - [0:0]
        :DOCKER-USER - [0:0]
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER-INGRESS
        -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        -A FORWARD -o docker_gwbridge -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -o docker_gwbridge -j DOCKER
        -A FORWARD -i docker_gwbridge ! -o docker_gwbridge -j ACCEPT
        -A FORWARD -i docker_gwbridge -o docker_gwbridge -j DROP
        -A DOCKER-INGRESS -p tcp -m tcp --dport 8090 -j ACCEPT
        -A DOCKER-INGRESS -p tcp -m state --state RELATED,ESTABLISHED -m tcp --sport 8090 -j ACCEPT
        -A DOCKER-INGRESS -j RETURN
        -A DOCKER-ISOLATION-STAGE-1 -i docker_gwbridge ! -o docker_gwbridge -j DOCKER-ISOLATION-STAGE-2
        -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        -A DOCKER-ISOLATION-STAGE-2 -o docker_gwbridge -j DROP
        -A DOCKER-ISOLATION-STAGE-2 -j RETURN
        -A DOCKER-USER -j RETURN
        COMMIT
        *nat
        :PREROUTING ACCEPT [0:0]
        :INPUT ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :POSTROUTING ACCEPT [0:0]
        :DOCKER - [0:0]
        :DOCKER-INGRESS - [0:0]
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER-INGRESS
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        -A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER-INGRESS
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        -A POSTROUTING -o docker_gwbridge -m addrtype --src-type LOCAL -j MASQUERADE
        -A POSTROUTING -s 172.18.0.0/16 ! -o docker_gwbridge -j MASQUERADE
        -A DOCKER -i docker_gwbridge -j RETURN
        -A DOCKER-INGRESS -p tcp -m tcp --dport 8090 -j DNAT --to-destination 172.18.0.2:8090
        -A DOCKER-INGRESS -j RETURN
        COMMIT

        """;

    // As Docker 29 makes them with "firewall-backend": "nftables", in small.
    private const string Nftables = """
        table ip docker-bridges {
          map filter-forward-in-jumps {
            type ifname : verdict
            elements = { "docker0" : jump filter-forward-in__docker0 }
          }
          chain filter-FORWARD {
            type filter hook forward priority filter; policy accept;
            oifname vmap @filter-forward-in-jumps
          }
          chain filter-forward-in__docker0 {
            ct state established,related counter accept
            iifname "docker0" counter accept
            counter drop
          }
          chain nat-PREROUTING {
            type nat hook prerouting priority dstnat; policy accept;
            fib daddr type local tcp dport 8080 counter dnat to 172.17.0.2:80
          }
        }
        table ip6 docker-bridges {
          chain filter-FORWARD {
            type filter hook forward priority filter; policy accept;
          }
        }

        """;

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task SwarmsIngressIsLeftAloneAndTheRestComesBack(Backend backend)
    {
        await using var netns = await Netns.Create();
        await netns.Restore(backend, Family.Ipv4, Swarm);
        await using var docker = HealedDocker.Create(backend, netns);
        docker.Fake.Networks = """
            [{"Name":"docker_gwbridge","Id":"0123456789abcdef","Driver":"bridge","IPAM":{"Config":[{"Subnet":"172.18.0.0/16"}]},"Options":{"com.docker.network.bridge.name":"docker_gwbridge"}},
             {"Name":"ingress","Id":"1123456789abcdef","Driver":"overlay","Scope":"swarm"}]
            """;
        await docker.Guard();
        await docker.IsLearned();
        await docker.Daemon.WaitForLine(line => line.Contains("swarm's ingress (DOCKER-INGRESS) are not healed", StringComparison.Ordinal));
        var before = await docker.Rules();

        // Its own rules alone: nothing of NetGuard's business.
        await docker.Iptables("-F", "DOCKER-INGRESS");
        await docker.Iptables("-t", "nat", "-F", "DOCKER-INGRESS");
        await docker.Iptables("-D", "FORWARD", "-j", "DOCKER-INGRESS");
        await docker.Iptables("-F", "DOCKER");
        await docker.Iptables("-F", "FORWARD");
        await docker.Iptables("-t", "nat", "-F", "POSTROUTING");
        await docker.IsAgain(string.Concat(before.Split('\n').Where(line => !IsIngress(line) && line.Length > 0).Select(line => line + "\n")), line => !IsIngress(line));
        Assert.DoesNotContain("-A DOCKER-INGRESS", await docker.Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain("-j DOCKER-INGRESS", (await docker.Rules()).Split("*nat")[0], StringComparison.Ordinal);

        static bool IsIngress(string line) => line.Contains("DOCKER-INGRESS", StringComparison.Ordinal);
    }

    [Fact]
    public async Task DockersOwnNftablesTablesAreNeitherHealedNorTouched()
    {
        await using var netns = await Netns.Create();
        (await netns.Run("nft", ["-f", "-"], Nftables)).Succeeded();
        await using var docker = HealedDocker.Create(Backend.Nft, netns);
        docker.Fake.Has(("web", "172.17.0.2", [(8080, 80)]), ("app", "172.17.0.3", []));
        await docker.Guard();
        await docker.Daemon.WaitForLine(line => line.Contains("tables of its own (docker-bridges), which are not healed", StringComparison.Ordinal));
        var before = await Tables();
        Assert.Contains("filter-forward-in__docker0", before, StringComparison.Ordinal);
        await docker.Iptables("-N", "MINE");
        await docker.Iptables("-F");
        await netns.Output("nft", ["flush chain ip docker-bridges filter-FORWARD"]);
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken); // Longer than what nobody is seen to do is waited for.
        Assert.Equal(before.Replace("oifname vmap @filter-forward-in-jumps", "", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
            (await Tables()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(docker.Daemon.Lines, line => line.Text.Contains("healed ip", StringComparison.Ordinal));

        Assert.DoesNotContain("unreadable", string.Join('\n', docker.Daemon.Lines.Select(line => line.Text)), StringComparison.Ordinal);

        async Task<string> Tables() => await netns.Output("nft", ["list table ip docker-bridges"]) + await netns.Output("nft", ["list table ip6 docker-bridges"]);
    }
}
