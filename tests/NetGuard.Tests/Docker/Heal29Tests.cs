using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>The same for the rules of Docker 29, with a stand-in for its engine: none of that version can be had here.</summary>
public class Heal29Tests
{
    private const string Networks = """
        [{"Name":"bridge","Id":"0123456789abcdef","Driver":"bridge","Options":{"com.docker.network.bridge.name":"docker0"}},
         {"Name":"one","Id":"1123456789abcdef","Driver":"bridge","Options":{"com.docker.network.bridge.name":"bridge1"}},
         {"Name":"icc","Id":"2123456789abcdef","Driver":"bridge","Options":{"com.docker.network.bridge.name":"bridgeICC"}},
         {"Name":"noicc","Id":"3123456789abcdef","Driver":"bridge","Options":{"com.docker.network.bridge.name":"bridgeNoICC"}}]
        """;

    private const string Containers = """
        [{"Id":"c1","Names":["/web"],"State":"running","NetworkSettings":{"Networks":{"one":{"NetworkID":"1123456789abcdef","IPAddress":"192.0.2.2"}}},
          "Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]}]
        """;

    public static MatrixTheoryData<string, Backend> Layouts { get; } = new(
        Directory.EnumerateFiles(Path.GetDirectoryName(Netns.LayoutPath("x"))!, "docker-29-*").Select(Path.GetFileName).OfType<string>(), Enum.GetValues<Backend>());

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task EveryRuleOfEveryLayoutComesBack(string layout, Backend backend)
    {
        await using var netns = await Netns.Create();
        await netns.LoadLayout(backend, Family.Ipv4, layout);
        await using var docker = HealedDocker.Create(backend, netns);
        (docker.Fake.Networks, docker.Fake.Containers) = (Networks, Containers);
        await docker.Guard();
        await docker.IsLearned();
        var before = await docker.Rules();

        // iptables-legacy would make a table that was not there.
        var tables = new[] { "filter", "nat", "raw" }.Where(table => before.Contains($"*{table}\n", StringComparison.Ordinal)).ToList();
        foreach (var table in tables)
        {
            await docker.Iptables("-t", table, "-F");
            await docker.IsAgain(before);
        }

        await netns.Run("sh", ["-c", $"for t in {string.Join(' ', tables)}; do iptables-{backend.Name()} -t $t -F; iptables-{backend.Name()} -t $t -X; done"]);
        await docker.IsAgain(before);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task ConnectionsGoOnAndWhatWasClosedIsClosedAgain(Backend backend)
    {
        await using var packets = await PacketBed.Create();
        var layout = await File.ReadAllTextAsync(Netns.LayoutPath("docker-29-usernet-portmap.rules"), TestContext.Current.CancellationToken);

        // The test bed's bridge in the place of the layout's second one.
        await packets.Router.Restore(backend, Family.Ipv4, string.Join('\n', layout.Split('\n').Where(line => !line.Contains("docker0", StringComparison.Ordinal)))
            .Replace("bridge1", "docker0", StringComparison.Ordinal).Replace("192.0.2.2", "172.17.0.2", StringComparison.Ordinal).Replace("192.0.2.0/24", "172.17.0.0/16", StringComparison.Ordinal));
        await using var docker = HealedDocker.Create(backend, packets.Router);
        docker.Fake.Has(("web", "172.17.0.2", [(8080, 80)]));
        await docker.Guard();
        await docker.IsLearned();
        var before = await docker.Rules();
        var published = IPEndPoint.Parse("198.51.100.1:8080");
        await using (var incoming = await Talk.Open(packets.Stranger, packets.Web, 80, called: published))
        {
            await using var outgoing = await Talk.Open(packets.Web, packets.Stranger, 7000);
            Assert.Equal(Reach.Dropped, await packets.Stranger.Connect(packets.Web, 81));
            foreach (var mishap in new[] { "iptables -F", "iptables -t nat -F", "iptables -F; iptables -X; iptables -t nat -F; iptables -t raw -F" })
            {
                await packets.Router.Run("sh", ["-c", mishap.Replace("iptables", $"iptables-{backend.Name()}", StringComparison.Ordinal)]);
                await docker.IsAgain(before);
                Assert.True(await incoming.IsAlive(), mishap);
                Assert.True(await outgoing.IsAlive(), mishap);
                Assert.Equal(Reach.Dropped, await packets.Stranger.Connect(packets.Web, 81));
            }
        }

        Assert.Equal(Reach.Through, await packets.Stranger.Connect(packets.Web, 80, called: published));
    }

    [Fact]
    public async Task WhatIsNotReportedAnyMoreIsTakenOutAgain()
    {
        await using var netns = await Netns.Create();
        await netns.LoadLayout(Backend.Nft, Family.Ipv4, "docker-29-usernet-portmap.rules");
        await using var docker = HealedDocker.Create(Backend.Nft, netns);
        (docker.Fake.Networks, docker.Fake.Containers) = (Networks, Containers);
        await docker.Guard();
        await docker.IsLearned();
        await docker.Iptables("-t", "nat", "-F");
        await docker.Becomes(rules => rules.Contains("--dport 8080", StringComparison.Ordinal));
        docker.Fake.Containers = "[]";
        docker.Fake.Happen();
        await docker.Becomes(rules => !rules.Contains("--dport 8080", StringComparison.Ordinal));
        var now = await docker.Rules();

        // What was not put back is Docker's to take out.
        Assert.Contains("-A DOCKER -d 192.0.2.2/32 ! -i bridge1 -o bridge1 -p tcp -m tcp --dport 80 -j ACCEPT", now, StringComparison.Ordinal);
        Assert.Contains("-A POSTROUTING -s 192.0.2.0/24 ! -o bridge1 -j MASQUERADE", now, StringComparison.Ordinal);
    }
}
