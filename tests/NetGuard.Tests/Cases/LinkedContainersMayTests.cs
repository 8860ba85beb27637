using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

public class LinkedContainersMayTests
{
    private const string Config = """
        chains:
          DOCKER:
            rules:
              - { name: app-to-web, rule: -s 172.17.0.3 -d 172.17.0.2 -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT }
              - { name: web-to-app, rule: -s 172.17.0.2 -d 172.17.0.3 -i docker0 -o docker0 -p tcp --sport 80 -j ACCEPT }
          FORWARD:
            rules:
              - { name: no-icc, rule: -i docker0 -o docker0 -j DROP, position: bottom, family: ipv4 }
        """;

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheLinkedPortPassesAndNoOther(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, Config, layout: null);
        await DockerWithoutALink(bed);
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 80));

        await bed.Apply();
        await OnlyTheLinkPasses(bed);

        foreach (var mishap in new[] { "-F DOCKER", "-D DOCKER 1", "-D DOCKER 2", "-I DOCKER -i docker0 -o docker0 -j DROP" })
        {
            await bed.Iptables(mishap.Split(' '));
            Assert.Equal(2, (await bed.Drift()).ExitCode);
            await bed.Apply();
            await OnlyTheLinkPasses(bed);
        }
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task RulesThatDockerWroteItselfAreNotWrittenAgain(Backend backend)
    {
        await using var bed = await GuardedBed.Create(backend, Config);
        await bed.Iptables("-D", "DOCKER", "1"); // The published port; the two rules of the link come first then.
        Assert.Equal((0, ""), await bed.Drift());
        await bed.Apply();
        Assert.DoesNotContain(await bed.Rules("DOCKER"), rule => rule.Contains("netguard:", StringComparison.Ordinal));
        await OnlyTheLinkPasses(bed);
    }

    private static async Task OnlyTheLinkPasses(GuardedBed bed)
    {
        Assert.Equal(Reach.Through, await bed.Packets.App.Connect(bed.Packets.Web, 80));
        Assert.Equal(Reach.Dropped, await bed.Packets.App.Connect(bed.Packets.Web, 81));
        Assert.Equal(Reach.Dropped, await bed.Packets.Web.Connect(bed.Packets.App, 80));
    }

    private static async Task DockerWithoutALink(GuardedBed bed)
    {
        await bed.Iptables("-N", "DOCKER");
        await bed.Iptables("-A", "FORWARD", "-o", "docker0", "-j", "DOCKER");
        await bed.Iptables("-A", "FORWARD", "-i", "docker0", "!", "-o", "docker0", "-j", "ACCEPT");
        await bed.Iptables("-A", "FORWARD", "-i", "docker0", "-o", "docker0", "-j", "DROP");
    }
}
