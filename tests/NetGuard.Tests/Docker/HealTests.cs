using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>Docker's own rules come back, without Docker and without harm to what runs.</summary>
public class HealTests
{
    private const string Heal = "heal: on";

    [Fact]
    public async Task WhoeverRemovesThemContainersAndTheirConnectionsGoOn()
    {
        await using var docker = await GuardedDocker.Create(Heal, "--icc=false");
        var bed = docker.Bed;
        var web = await bed.Run("web", [80, 81], "--publish", "8080:80", "--publish", "8090:90");
        var app = await bed.Run("app", "--link", "web:db");
        await bed.Docker("network", "create", "other");
        var third = await bed.Run("third", "--network", "other");
        await docker.Guard();
        await docker.Daemon.WaitForLine(line => line.Contains("rules of Docker's in", StringComparison.Ordinal));
        var before = await Rules(docker);

        await using var incoming = await Talk.Open(
            bed.OutsideNetns.Path, IPAddress.Parse("203.0.113.9"), web.Caller.Namespace, new(web.Ipv4, 90), DockerBed.Published(8090));
        await using var outgoing = await Talk.Open(
            web.Caller.Namespace, web.Ipv4, bed.OutsideNetns.Path, IPEndPoint.Parse("203.0.113.9:7000"));
        foreach (var mishap in new[]
        {
            "iptables -F", "iptables -t nat -F", "nft flush ruleset", "iptables -D FORWARD -j DOCKER-USER", "iptables -t nat -D POSTROUTING 1",
            "for t in filter nat; do iptables -t $t -F; iptables -t $t -X; done; iptables -P FORWARD DROP",
            "printf '*filter\\n:INPUT ACCEPT [0:0]\\n:FORWARD DROP [0:0]\\n:OUTPUT ACCEPT [0:0]\\nCOMMIT\\n*nat\\nCOMMIT\\n' | iptables-restore",
        })
        {
            var said = docker.Daemon.Lines.Count;
            await docker.Host.Run("sh", ["-c", mishap]);
            var line = await docker.Daemon.WaitForLine(line => line.Contains("healed ipv4:", StringComparison.Ordinal), said);
            await WaitFor(docker, before);
            Assert.True(await incoming.IsAlive(), mishap);
            Assert.True(await outgoing.IsAlive(), mishap);
            await bed.Stranger().Reaches(DockerBed.Published(8080));
            await app.Caller.Reaches(web.At(80));
            Assert.NotEqual(Reach.Through, await app.Caller.Get(web.At(81)));
            Assert.NotEqual(Reach.Through, await third.Caller.Get(web.At(80)));
            TestContext.Current.TestOutputHelper?.WriteLine($"{mishap}: {line}");
        }
    }

    private static async Task<string> Rules(GuardedDocker docker) =>
        string.Join('\n', (await docker.Host.Save(Backend.Nft, Family.Ipv4)).Split('\n').Where(line => !line.StartsWith('#') && !line.Contains("INPUT", StringComparison.Ordinal) && !line.StartsWith(":OUTPUT", StringComparison.Ordinal)));

    private static async Task WaitFor(GuardedDocker docker, string before)
    {
        var now = "";
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; await Task.Delay(20))
        {
            if ((now = await Rules(docker)) == before)
            {
                return;
            }
        }

        Assert.Fail($"{before}\n--- is:\n{now}\n{string.Join('\n', docker.Daemon.Lines.Select(l => l.Text))}");
    }
}
