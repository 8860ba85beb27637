using System.Net;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.TestBed;

public class DockerBedTests
{
    [Fact]
    public async Task ContainersServeAndTheirPortsArePublished()
    {
        await using var bed = await DockerBed.Create("--icc=false");
        var web = await bed.Run("web", [80, 81], "--publish", "8080:80");
        var app = await bed.Run("app", "--link", "web:db");
        await bed.Stranger().Reaches(DockerBed.Published(8080));
        await app.Caller.Reaches(web.At(80));
        await app.Caller.IsKeptFrom(web.At(81));
        Assert.Equal("web", await bed.Docker("exec", "app", "wget", "-q", "-O", "-", "http://db/"));
    }

    [Fact]
    public async Task AnEngineThatIsKilledIsStartedAgainAndLeavesNothing()
    {
        string folder;
        await using (var bed = await DockerBed.Create())
        {
            folder = bed.Folder;
            await bed.Run("web");
            await bed.StopEngine(Signal.Kill);
            await bed.StartEngine();
            Assert.Equal("", await bed.Docker("ps", "--quiet"));
            await bed.Docker("start", "web");
            await (await bed.Find("web")).Caller.Reaches(new(IPAddress.Loopback, 80));
            await bed.StopEngine(Signal.Kill);
        }

        Assert.False(Directory.Exists(folder));
        Assert.DoesNotContain(folder, await File.ReadAllTextAsync("/proc/self/mounts", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task PublishedPortsAreReachedOverIpv6Too(string proxy)
    {
        await using var bed = await DockerBed.Create(
            "--ipv6", "--fixed-cidr-v6=fd17::/64", "--ip6tables", "--experimental", $"--userland-proxy={proxy}");
        await bed.Host.SetSysctl("net.ipv6.conf.all.forwarding", "1");
        var web = await bed.Run("web", "--publish", "8080:80");
        await bed.Stranger(Family.Ipv6).Reaches(DockerBed.Published(8080, Family.Ipv6));
        await (await bed.Run("app")).Caller.Reaches(web.At(80, Family.Ipv6));
    }
}
