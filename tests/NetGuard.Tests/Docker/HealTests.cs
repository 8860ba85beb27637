using System.Net;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>Docker's own rules come back, without Docker and without harm to what runs.</summary>
public class HealTests
{
    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhoeverRemovesThemContainersAndTheirConnectionsGoOn(Backend backend)
    {
        await using var docker = await HealedDocker.Create(backend, "--icc=false");
        var bed = docker.Bed;
        var web = await bed.Run("web", [80, 81], "--publish", "8080:80", "--publish", "8090:90");
        var app = await bed.Run("app", "--link", "web:db");
        await bed.Docker("network", "create", "other");
        var third = await bed.Run("third", "--network", "other");
        await docker.Guard();
        await docker.IsLearned();
        var before = await docker.Rules();
        await using var incoming = await Talk.Open(
            bed.OutsideNetns.Path, IPAddress.Parse("203.0.113.9"), web.Caller.Namespace, new(web.Ipv4, 90), DockerBed.Published(8090));
        await using var outgoing = await Talk.Open(web.Caller.Namespace, web.Ipv4, bed.OutsideNetns.Path, IPEndPoint.Parse("203.0.113.9:7000"));
        foreach (var mishap in new[]
        {
            "iptables -F",
            "iptables -t nat -F",
            "nft flush ruleset",
            "iptables -D FORWARD -j DOCKER-USER",
            "iptables -t nat -D POSTROUTING 1",
            "for t in filter nat; do iptables -t $t -F; iptables -t $t -X; done; iptables -P FORWARD DROP",
            "printf '*filter\\n:INPUT ACCEPT [0:0]\\n:FORWARD DROP [0:0]\\n:OUTPUT ACCEPT [0:0]\\nCOMMIT\\n*nat\\nCOMMIT\\n' | iptables-restore",
        }.Where(mishap => backend == Backend.Nft || !mishap.StartsWith("nft", StringComparison.Ordinal)))
        {
            var said = docker.Daemon.Lines.Count;
            await docker.Host.Run("sh", ["-c", mishap.Replace("iptables", $"iptables-{backend.Name()}", StringComparison.Ordinal)]);
            await docker.Daemon.WaitForLine(line => line.Contains("healed ipv4:", StringComparison.Ordinal), said);
            await docker.IsAgain(before);
            Assert.True(await incoming.IsAlive(), mishap);
            Assert.True(await outgoing.IsAlive(), mishap);
            await bed.Stranger().Reaches(DockerBed.Published(8080));
            await app.Caller.Reaches(web.At(80));
            Assert.NotEqual(Reach.Through, await app.Caller.Get(web.At(81)));
            Assert.NotEqual(Reach.Through, await third.Caller.Get(web.At(80)));
        }
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhatDockerChangesItselfIsNotFought(Backend backend)
    {
        await using var docker = await HealedDocker.Create(backend);
        var bed = docker.Bed;
        await docker.Guard();
        await bed.Run("web", "--publish", "8080:80");
        await bed.Docker("network", "create", "other");
        await bed.Docker("network", "connect", "other", "web");
        await bed.Run("third", "--network", "other", "--publish", "8081:80");
        await bed.Docker("restart", "web");
        await bed.Docker("network", "disconnect", "other", "web");
        await bed.Docker("rm", "--force", "third");
        await bed.Docker("network", "rm", "other");
        await bed.StopEngine();
        await bed.StartEngine("--icc=false");
        await bed.Docker("start", "web");
        await bed.StopEngine(Signal.Kill);
        await bed.StartEngine("--icc=true");
        await bed.Docker("start", "web");
        await bed.Find("web");
        await docker.IsLearned();
        var now = await docker.Rules();
        docker.HasNotHealed();
        Assert.Contains("-A FORWARD -i docker0 -o docker0 -j ACCEPT", now, StringComparison.Ordinal);
        Assert.DoesNotContain("-A FORWARD -i docker0 -o docker0 -j DROP", now, StringComparison.Ordinal);

        // What Docker has made last is what comes back.
        await docker.Iptables("-F");
        await docker.Iptables("-t", "nat", "-F");
        await docker.IsAgain(now);
        await bed.Stranger().Reaches(DockerBed.Published(8080));
    }

    [Fact]
    public async Task AContainerThatGoesWhileItsRulesAreGoneIsNotResurrected()
    {
        await using var docker = await HealedDocker.Create(Backend.Nft);
        var bed = docker.Bed;
        await bed.Run("web", "--publish", "8080:80");
        await bed.Run("app", "--publish", "8081:80");
        await docker.Guard();
        await docker.IsLearned();
        docker.Daemon.Send(Signal.Stop);
        await docker.Iptables("-F");
        await docker.Iptables("-t", "nat", "-F");
        await bed.Docker("rm", "--force", "web");
        docker.Daemon.Send(Signal.Continue);
        await docker.Becomes(rules => rules.Contains("--dport 8081", StringComparison.Ordinal) && !rules.Contains("--dport 8080", StringComparison.Ordinal));
        await bed.Stranger().Reaches(DockerBed.Published(8081));
        Assert.DoesNotContain("172.17.0.2", await docker.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StrangersRulesAreNotPutBackAndTheirOrderAndCountersStay()
    {
        await using var docker = await HealedDocker.Create(Backend.Nft);
        await docker.Bed.Run("web", "--publish", "8080:80");
        await docker.Iptables("-I", "DOCKER", "-s", "10.9.9.9", "-j", "ACCEPT");
        await docker.Iptables("-I", "FORWARD", "2", "-i", "eth9", "-j", "ACCEPT");
        await docker.Guard();
        await docker.IsLearned();
        await docker.Daemon.WaitForLine(line => line.Contains("ipv4 DOCKER: -s 10.9.9.9/32 -j ACCEPT: not known as Docker's", StringComparison.Ordinal));
        var before = await docker.Rules();
        await docker.Host.Restore(Backend.Nft, Family.Ipv4, "*filter\n-F\n[7:700] -A FORWARD -i eth9 -j ACCEPT\n[5:500] -A FORWARD -i eth8 -j DROP\nCOMMIT\n", "--noflush", "--counters");
        await docker.IsAgain(before
            .Replace("-A DOCKER -s 10.9.9.9/32 -j ACCEPT\n", "", StringComparison.Ordinal)
            .Replace("-A FORWARD -i eth9 -j ACCEPT\n", "-A FORWARD -i eth9 -j ACCEPT\n", StringComparison.Ordinal), rule => !rule.Contains("eth8", StringComparison.Ordinal));
        var counted = await docker.Host.Save(Backend.Nft, Family.Ipv4, counters: true);
        Assert.Contains("[7:700] -A FORWARD -i eth9 -j ACCEPT", counted, StringComparison.Ordinal);
        Assert.Contains("[5:500] -A FORWARD -i eth8 -j DROP", counted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasGoneBeforeNetGuardStartedIsNotGuessedAt()
    {
        await using var docker = await HealedDocker.Create(Backend.Nft);
        await docker.Bed.Run("web", "--publish", "8080:80");
        await docker.Host.Output("nft", ["flush", "ruleset"]);
        await docker.Guard();
        await docker.Daemon.WaitForLine(line => line.Contains("1 containers run, and Docker's rules are missing", StringComparison.Ordinal));
        Assert.DoesNotContain("-j DOCKER\n", await docker.Rules(), StringComparison.Ordinal);

        // Docker makes them anew, and then they are known.
        await docker.Bed.StopEngine();
        await docker.Bed.StartEngine();
        await docker.IsLearned();
        var before = await docker.Rules();
        await docker.Iptables("-F");
        await docker.IsAgain(before);
    }

    // Docker publishes a container's ports to one of its addresses, by the networks' names: with a new network it may be another one.
    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task PortsThatDockerMovesToAnotherNetworkAreNotMovedBack(Backend backend)
    {
        await using var docker = await HealedDocker.Create(backend);
        var bed = docker.Bed;
        await bed.Docker("network", "create", "aaa");
        var web = await bed.Run("web", "--publish", "8080:80");
        await docker.Guard();
        await docker.IsLearned();
        await bed.Docker("network", "connect", "aaa", "web");
        // A Docker that takes its time is believed to have lost them, until it says where the container is now.
        await docker.Becomes(rules => IsMoved(rules));
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        await docker.Becomes(rules => IsMoved(rules));
        await bed.Stranger().Reaches(DockerBed.Published(8080));

        bool IsMoved(string rules) => rules.Contains("--dport 8080 -j DNAT", StringComparison.Ordinal)
            && !rules.Contains($"{web.Ipv4}:80", StringComparison.Ordinal) && !rules.Contains($"-d {web.Ipv4}/32", StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirewalldMayStartAndReloadWhileContainersRun()
    {
        await using var docker = await HealedDocker.Create(Backend.Nft);
        var bed = docker.Bed;
        var web = await bed.Run("web", "--publish", "8080:80", "--publish", "8090:90");
        await docker.Guard();
        await docker.IsLearned();
        var before = await docker.Rules();
        await using var incoming = await Talk.Open(
            bed.OutsideNetns.Path, IPAddress.Parse("203.0.113.9"), web.Caller.Namespace, new(web.Ipv4, 90), DockerBed.Published(8090));
        await using var outgoing = await Talk.Open(web.Caller.Namespace, web.Ipv4, bed.OutsideNetns.Path, IPEndPoint.Parse("203.0.113.9:7000"));
        await using var firewalld = await Firewalld.Start(docker.Host);
        await docker.Daemon.WaitForLine(line => line.Contains("healed ipv4:", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++)
        {
            await docker.IsAgain(before);
            Assert.True(await incoming.IsAlive());
            Assert.True(await outgoing.IsAlive());
            await bed.Stranger().Reaches(DockerBed.Published(8080));
            await firewalld.Reload();
        }
    }

    [Fact]
    public async Task InAuditModeItIsOnlySaid()
    {
        await using var docker = await HealedDocker.Create(Backend.Nft);
        await docker.Guard("mode: audit");
        await docker.IsLearned();
        await docker.Iptables("-F");
        var line = await docker.Daemon.WaitForLine(line => line.Contains("rules of Docker's are missing in", StringComparison.Ordinal));
        Assert.Contains("not put back: audit mode", line, StringComparison.Ordinal);
        Assert.DoesNotContain("-A FORWARD", await docker.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSameHoldsForIpv6()
    {
        await using var docker = await HealedDocker.Create(
            Backend.Nft, "--ipv6", "--fixed-cidr-v6=fd17::/64", "--ip6tables", "--experimental", "--userland-proxy=false");
        await docker.Host.SetSysctl("net.ipv6.conf.all.forwarding", "1");
        var web = await docker.Bed.Run("web", "--publish", "8080:80", "--publish", "8090:90");
        await docker.Guard();
        await docker.IsLearned(Family.Ipv6);
        var before = await docker.Rules(Family.Ipv6);
        await using var incoming = await Talk.Open(
            docker.Bed.OutsideNetns.Path, IPAddress.Parse("2001:db8::9"), web.Caller.Namespace, new(web.Ipv6!, 90), DockerBed.Published(8090, Family.Ipv6));
        foreach (var mishap in new[] { "ip6tables -F; ip6tables -X; ip6tables -t nat -F", "nft flush ruleset" })
        {
            await docker.Host.Run("sh", ["-c", mishap]);
            await docker.IsAgain(before, family: Family.Ipv6);
            Assert.True(await incoming.IsAlive(), mishap);
            await docker.Bed.Stranger(Family.Ipv6).Reaches(DockerBed.Published(8080, Family.Ipv6));
        }
    }
}
