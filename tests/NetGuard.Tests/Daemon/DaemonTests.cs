using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class DaemonTests
{
    private const string Config = """
        interval: 1s
        forwarding: { ipv4: on }
        chains:
          FORWARD: { policy: DROP }
          DOCKER-USER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
        """;

    [Fact]
    public async Task ItIsReadyOnlyWhenAllIsEnforced()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var rules = await host.Save();
        Assert.Contains(":FORWARD DROP", rules, StringComparison.Ordinal);
        Assert.Contains("netguard:only-8.8.8.8", rules, StringComparison.Ordinal);
        Assert.Contains("netguard:reach-DOCKER-USER", rules, StringComparison.Ordinal);
        Assert.Equal("1", await host.Netns.Sysctl("net.ipv4.ip_forward"));
    }

    [Fact]
    public async Task DriftIsRepairedAtTheNextCheckAndSaidInOneLine()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var before = await host.Save();
        var said = daemon.Lines.Count;
        await host.Iptables("-D", "DOCKER-USER", "1");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER only-8.8.8.8", StringComparison.Ordinal), said);
        Assert.Equal(Bare(before), Bare(await host.Save()));
        Assert.Single(daemon.Lines.Skip(said), line => line.Text.Contains("only-8.8.8.8", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StoppingLeavesTheRulesAndEndsWell()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var before = await host.Save();
        Assert.Equal(0, await daemon.Stop());
        Assert.Equal(Bare(before), Bare(await host.Save()));
        Assert.Contains(daemon.Lines, line => line.Text.Contains("stopped; rules and settings stay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASecondDaemonInTheSameNamespaceRefusesToStart()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var elsewhere = await GuardedNetns.Create(Config);
        await using var first = await host.Guard();
        await using var other = await elsewhere.Guard();
        await using var second = host.Netns.StartDaemon(host.ConfigPath);
        Assert.Equal(1, await second.WaitForExit());
        Assert.Contains(second.Lines, line => line.Text.Contains("another netguard daemon guards this network namespace already", StringComparison.Ordinal));

        // The lock goes with its holder, however that ends.
        first.Send(Signal.Kill);
        await first.WaitForExit();
        await using var third = await host.Guard();
    }

    [Fact]
    public async Task ALockThatOutlivesItsDaemonForAMomentIsWaitedFor()
    {
        // As when it was killed while it started a tool: who took the lock has ended, and a child of his still has it.
        await using var host = await GuardedNetns.Create(Config);
        var inode = await host.Netns.Inside(() => new string([.. (new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]));
        Directory.CreateDirectory("/run/netguard");
        await using var child = new RunningProgram(Programs.Start("sh", ["-c", $"exec 9<>/run/netguard/daemon-{inode}.lock; flock 9; echo held; exec sleep 1"]), "flock");
        await child.WaitForLine(line => line == "held");
        await using var daemon = await host.Guard();
        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task ABadFileStopsTheStart()
    {
        await using var host = await GuardedNetns.Create("chains:\n  DOCKER-USER:\n    rules: [ '-m nosuch -j DROP', '-p tcp --dprt 80 -j DROP' ]\nintervall: 5s\n");
        var before = await host.Save();
        await using var daemon = host.Netns.StartDaemon(host.ConfigPath);
        Assert.Equal(78, await daemon.WaitForExit());
        Assert.Contains(daemon.Lines, line => line.Text.Contains(":4:1: ", StringComparison.Ordinal) && line.Text.Contains("interval", StringComparison.Ordinal));
        Assert.Equal(before, await host.Save());
    }

    [Fact]
    public async Task ABadFileAtReloadLeavesTheLastGoodOneInForce()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        foreach (var bad in new[] { "chains: [", Config + "\nboo: 1\n", Config.Replace("-j DROP", "-m nosuch -j DROP", StringComparison.Ordinal) })
        {
            var said = daemon.Lines.Count;
            host.Declare(bad);
            daemon.Send(Signal.Hangup);
            await daemon.WaitForLine(line => line.Contains("the last good one stays in force", StringComparison.Ordinal), said);
        }

        File.Delete(host.ConfigPath);
        var lines = daemon.Lines.Count;
        daemon.Send(Signal.Hangup);
        await daemon.WaitForLine(line => line.Contains("there is no such file", StringComparison.Ordinal), lines);

        await host.Iptables("-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("repaired missing", StringComparison.Ordinal), lines);
        Assert.Contains("netguard:only-8.8.8.8", await host.Save(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AGoodFileAtReloadReplacesTheOldRules()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var said = daemon.Lines.Count;
        host.Declare("interval: 1h\nchains:\n  FORWARD:\n    rules: [ { name: web, rule: -p tcp --dport 80 -j ACCEPT } ]\n");
        daemon.Send(Signal.Hangup);
        await daemon.WaitForLine(line => line.Contains("configuration followed: in force: web; gone: ", StringComparison.Ordinal), said);
        Assert.DoesNotContain(daemon.Lines.Skip(said), line => line.Text.Contains("repaired", StringComparison.Ordinal));
        var rules = await host.Save();
        Assert.Contains("netguard:web", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("only-8.8.8.8", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("reach-DOCKER-USER", rules, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InAuditModeDriftIsSaidOnceAndNothingIsChanged()
    {
        await using var host = await GuardedNetns.Create("mode: audit\n" + Config);
        var before = await host.Save();
        await using var daemon = await host.Guard();
        Assert.Contains(daemon.Lines, line => line.Text.Contains("drift missing: ipv4 DOCKER-USER only-8.8.8.8", StringComparison.Ordinal));
        Assert.Contains(daemon.Lines, line => line.Text.Contains("drift sysctl: net.ipv4.ip_forward: is 0, should be 1", StringComparison.Ordinal));

        // A new drift shows that another check was done; what was said before is not said again.
        var said = daemon.Lines.Count;
        await host.Iptables("-N", "DOCKER-USER");
        await host.Iptables("-A", "DOCKER-USER", "-m", "comment", "--comment", "netguard:old", "-j", "DROP");
        await daemon.WaitForLine(line => line.Contains("drift stale: ipv4 DOCKER-USER old", StringComparison.Ordinal), said);
        Assert.DoesNotContain(daemon.Lines.Skip(said), line => line.Text.Contains("ip_forward", StringComparison.Ordinal));
        Assert.DoesNotContain("only-8.8.8.8", await host.Save(), StringComparison.Ordinal);
        Assert.Equal("0", await host.Netns.Sysctl("net.ipv4.ip_forward"));
        Assert.DoesNotContain("DOCKER-USER", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChainOfDockersIsWaitedForAndGuardedFromTheMomentItIsThere()
    {
        await using var host = await GuardedNetns.Create("interval: 1s\nfamilies: [ipv4]\nchains:\n  DOCKER:\n    rules: [ { name: first, rule: -i eth0 -j DROP } ]\n");
        await using var daemon = await host.Guard();
        Assert.Single(daemon.Lines, line => line.Text.Contains("waiting: ipv4 DOCKER", StringComparison.Ordinal));
        var said = daemon.Lines.Count;
        await host.Iptables("-N", "DOCKER");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER first", StringComparison.Ordinal), said);
        await daemon.WaitForLine(line => line.Contains("no longer waiting", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task WhenDockerMovesToTheOtherVariantTheGuardFollowsAndTakesItsOldRulesAlong()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var said = daemon.Lines.Count;
        await host.Netns.LoadLayout(Backend.Legacy, Family.Ipv4, "docker-20.10-icc-false-link.rules");
        await daemon.WaitForLine(line => line.Contains("the rules are in iptables-legacy now", StringComparison.Ordinal), said);
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER only-8.8.8.8", StringComparison.Ordinal), said);
        said = daemon.Lines.Count;
        await host.Netns.Iptables(Backend.Legacy, Family.Ipv4, "-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER only-8.8.8.8", StringComparison.Ordinal), said);
        Assert.Contains("netguard:only-8.8.8.8", await host.Netns.Save(Backend.Legacy, Family.Ipv4), StringComparison.Ordinal);
        Assert.DoesNotContain("netguard:", await host.Save(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docker-20.10-icc-false-link.rules")]
    [InlineData("docker-29-usernet-portmap.rules")]
    public async Task FiveMishapsOnARealLayoutAreAllRepaired(string layout)
    {
        await using var host = await GuardedNetns.Create(Config);
        await host.Netns.LoadLayout(Backend.Nft, Family.Ipv4, layout);
        await using var daemon = await host.Guard();
        foreach (var (mishap, kind) in new[]
        {
            ("-F", "unreachable"), ("-D DOCKER-USER 1", "missing"), ("-P FORWARD ACCEPT", "policy"), ("-D FORWARD 1", "unreachable"), ("-I FORWARD -j ACCEPT", "unreachable"),
        })
        {
            var said = daemon.Lines.Count;
            await host.Iptables(mishap.Split(' '));
            await daemon.WaitForLine(line => line.Contains($"repaired {kind}", StringComparison.Ordinal), said);
        }

        var lines = daemon.Lines.Count;
        await host.Netns.SetSysctl("net.ipv4.conf.all.forwarding", "0");
        await daemon.WaitForLine(line => line.Contains("repaired sysctl: net.ipv4.ip_forward", StringComparison.Ordinal), lines);
        Assert.Equal("1", await host.Netns.Sysctl("net.ipv4.ip_forward"));
    }

    private static string Bare(string save) => string.Join('\n', save.Split('\n').Where(line => !line.StartsWith('#')));
}
