using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

public class LinkTests
{
    private const string Linked = """
        icc: deny
        links:
          - { from: app, to: web, ports: [80/tcp] }
        """;

    // As Docker's documentation of --icc=false and --link has it; NetGuard's own rules give the same result, whatever dockerd was told.
    [Theory]
    [InlineData("--icc=false", "--link=web:db")]
    [InlineData("--icc=true", "--hostname=app")]
    public async Task TheLinkedPortIsReachedAndNoOther(string icc, string link)
    {
        await using var guarded = await GuardedDocker.Create(Linked, icc);
        var web = await guarded.Bed.Run("web", [80, 81]);
        await guarded.Guard();
        var app = await guarded.Bed.Run("app", [80], link);
        await OnlyTheLinkPasses(app, web);

        foreach (var mishap in new[] { "-F NETGUARD-FORWARD", "-F DOCKER-USER", "-F FORWARD", "-D FORWARD 1", "-I NETGUARD-FORWARD -j ACCEPT", "-F" })
        {
            var before = await guarded.Rules("NETGUARD-FORWARD");
            await guarded.Iptables(mishap.Split(' '));
            await guarded.WaitForRules("NETGUARD-FORWARD", rules => rules.SequenceEqual(before));
            await guarded.WaitForRules("DOCKER-USER", rules => rules is [var first, ..] && first.EndsWith("-j NETGUARD-FORWARD", StringComparison.Ordinal));
            await guarded.WaitForRules("FORWARD", rules => rules.Any(rule => rule.EndsWith("-j DOCKER-USER", StringComparison.Ordinal)));
            await OnlyTheLinkPasses(app, web);
        }

        Assert.Equal("web", await guarded.Bed.Docker("exec", "app", "wget", "-q", "-O", "-", $"http://{web.Ipv4}/"));
    }

    [Fact]
    public async Task RulesComeWithBothEndsFollowTheirAddressesAndGoWithOne()
    {
        await using var guarded = await GuardedDocker.Create(Linked);
        await guarded.Guard();
        await guarded.Bed.Run("app");
        Assert.DoesNotContain(await guarded.Rules("NETGUARD-FORWARD"), rule => rule.Contains("ACCEPT", StringComparison.Ordinal));
        var web = await guarded.Bed.Run("web", [80, 81]);
        await OnlyTheLinkPasses(await guarded.Bed.Find("app"), web);

        await guarded.Bed.Docker("rm", "--force", "web");
        await guarded.WaitForRules("NETGUARD-FORWARD", rules => !rules.Any(rule => rule.Contains("ACCEPT", StringComparison.Ordinal)));
        await guarded.Bed.Run("squatter");
        var again = await guarded.Bed.Run("web", [80, 81]);
        Assert.NotEqual(web.Ipv4, again.Ipv4);
        await OnlyTheLinkPasses(await guarded.Bed.Find("app"), again);

        await guarded.Bed.Docker("rename", "web", "other");
        await guarded.WaitForRules("NETGUARD-FORWARD", rules => !rules.Any(rule => rule.Contains("ACCEPT", StringComparison.Ordinal)));
        Assert.DoesNotContain(guarded.Daemon.Lines, line => line.Text.Contains("contention", StringComparison.Ordinal));
        Assert.DoesNotContain(guarded.Daemon.Lines, line => line.Text.Contains("repaired missing: ipv4 NETGUARD-FORWARD app", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ServicesAndLabelsMeanAllTheirContainersOnTheNetworksTheyShare()
    {
        await using var guarded = await GuardedDocker.Create("""
            icc: deny
            links:
              - { from: service:front, to: label:role=store, ports: [80/tcp] }
            """);
        await guarded.Guard();
        await guarded.Bed.Docker("network", "create", "backend");
        await guarded.Bed.Docker("network", "create", "other");
        DockerContainer[] fronts = [await Front("front-1", "backend"), await Front("front-2", "backend"), await Front("front-3", "other")];
        DockerContainer[] stores =
        [
            await guarded.Bed.Run("store-1", "--network", "backend", "--label", "role=store"),
            await guarded.Bed.Run("store-2", "--network", "backend", "--label", "role=store"),
            await guarded.Bed.Run("no-store", "--network", "backend", "--label", "role=storage"),
        ];
        foreach (var front in fronts[..2])
        {
            await front.Caller.Reaches(stores[0].At(80));
            await front.Caller.Reaches(stores[1].At(80));
            await front.Caller.IsKeptFrom(stores[2].At(80));
        }

        // Another bridge: Docker's isolation is not lifted by a link.
        await fronts[2].Caller.IsKeptFrom(stores[0].At(80));
        await stores[0].Caller.IsKeptFrom(fronts[0].At(80));

        Task<DockerContainer> Front(string name, string network) =>
            guarded.Bed.Run(name, "--network", network, "--label", "com.docker.compose.service=front");
    }

    [Fact]
    public async Task OneNetworkMayAllowWhatOthersDeny()
    {
        await using var guarded = await GuardedDocker.Create("""
            icc: deny
            networks:
              open: { icc: allow }
            """, "--icc=true");
        await guarded.Bed.Docker("network", "create", "--opt", "com.docker.network.bridge.enable_icc=false", "open");
        await guarded.Guard();
        var (one, two) = (await guarded.Bed.Run("one", "--network", "open"), await guarded.Bed.Run("two", "--network", "open"));
        var (three, four) = (await guarded.Bed.Run("three"), await guarded.Bed.Run("four"));
        await one.Caller.Reaches(two.At(80));
        await three.Caller.IsKeptFrom(four.At(80));
        await one.Caller.IsKeptFrom(three.At(80));
        await guarded.Daemon.WaitForLine(line => line.Contains("icc is deny on bridge (docker0), where Docker itself allows it", StringComparison.Ordinal));
        await guarded.Daemon.WaitForLine(line => line.Contains("icc is allow on open", StringComparison.Ordinal));

        // A network that is made later is denied from its first moment on.
        await guarded.Bed.Docker("network", "create", "late");
        var (five, six) = (await guarded.Bed.Run("five", "--network", "late"), await guarded.Bed.Run("six", "--network", "late"));
        await five.Caller.IsKeptFrom(six.At(80));
    }

    [Fact]
    public async Task NetworksThatDockerMakesOneAfterTheOtherAreNoFight()
    {
        await using var guarded = await GuardedDocker.Create(Linked);
        await guarded.Guard();
        for (var i = 0; i < 8; i++)
        {
            await guarded.Bed.Docker("network", "create", $"n{i}");
        }

        await guarded.WaitForRules("NETGUARD-FORWARD", rules => rules.Any(rule => rule.Contains("icc deny n7", StringComparison.Ordinal)));
        await guarded.WaitForRules("FORWARD", rules => rules[0].EndsWith("-j DOCKER-USER", StringComparison.Ordinal) && rules.Count(rule => rule.EndsWith("-j DOCKER-USER", StringComparison.Ordinal)) == 1);
        var said = string.Join('\n', guarded.Daemon.Lines.Select(line => line.Text));
        Assert.False(said.Contains("contention", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task LinksHoldOverIpv6()
    {
        await using var guarded = await GuardedDocker.Create(Linked, "--ipv6", "--fixed-cidr-v6=fd17::/64");
        await guarded.Guard();
        var (web, app) = (await guarded.Bed.Run("web", [80, 81]), await guarded.Bed.Run("app"));
        await app.Caller.Reaches(web.At(80, Family.Ipv6));
        await app.Caller.IsKeptFrom(web.At(81, Family.Ipv6));
        await web.Caller.IsKeptFrom(app.At(80, Family.Ipv6));
    }

    private static async Task OnlyTheLinkPasses(DockerContainer app, DockerContainer web)
    {
        await app.Caller.Reaches(web.At(80));
        await Task.WhenAll(app.Caller.IsKeptFrom(web.At(81)), web.Caller.IsKeptFrom(app.At(80)));
    }
}
