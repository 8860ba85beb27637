using System.Globalization;
using System.Text.RegularExpressions;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>The real daemon, by events alone, and what goes wrong around them.</summary>
public class EventFaultTests
{
    private const string Config = """
        interval: 1h
        families: [ipv4]
        chains:
          DOCKER-USER:
            rules: [ { name: guarded, rule: -i eth0 -j DROP } ]

        """;

    private const string Repaired = "repaired missing: ipv4 DOCKER-USER guarded";

    [Fact]
    public async Task AWriterThatIsGoneIsNamedByTheKernelAndNobodyElseIs()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var said = daemon.Lines.Count;
        daemon.Send(Signal.Stop);
        await host.Iptables("-F", "DOCKER-USER");
        daemon.Send(Signal.Continue);
        var line = await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
        Assert.Matches(@"; by unknown iptables(-nft)? \(pid \d+\); ", line);
    }

    [Fact]
    public async Task AWriterInAPidNamespaceOfItsOwnIsNamedByItsNumberOutside()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var said = daemon.Lines.Count;
        await host.Netns.Output("unshare", ["--pid", "--fork", "--mount-proc", "iptables-nft", "-F", "DOCKER-USER"]);
        var line = await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
        Assert.Matches(@"; by (iptables-nft -F DOCKER-USER|unknown iptables(-nft)?) \(pid \d\d+\)", line);
    }

    [Fact]
    public async Task InAPidNamespaceOfItsOwnTheDaemonNamesNobodyWrongly()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = host.Netns.Start("unshare", ["--pid", "--fork", "--mount-proc", "--kill-child", NetguardBinary.Path, "daemon", "--debug", "--config", host.ConfigPath]);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));

        // Its own programs bear numbers that it does not know: they must not pass for whoever made the drift.
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("iptables", StringComparison.Ordinal) && line.Text.Contains(" by ", StringComparison.Ordinal));
        for (var i = 0; i < 3; i++)
        {
            var said = daemon.Lines.Count;
            await host.Iptables("-F", "DOCKER-USER");
            var line = await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
            Assert.True(Regex.IsMatch(line, @"; by unknown( iptables(-nft)? \(pid \d+\))?[;,]"), line);
        }
    }

    [Fact]
    public async Task InAuditModeTheCulpritIsNamedAtOnceAndNothingIsChanged()
    {
        await using var host = await GuardedNetns.Create("mode: audit\n" + Config);
        await host.Netns.Restore(Backend.Nft, Family.Ipv4, "*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -i eth0 -j DROP\nCOMMIT\n");
        await using var daemon = await host.Guard();
        await host.Iptables("-F", "DOCKER-USER");
        var line = await daemon.WaitForLine(line => line.Contains("drift missing: ipv4 DOCKER-USER guarded", StringComparison.Ordinal));
        Assert.Matches(@"; by (unknown )?iptables(-nft)?( --wait -F DOCKER-USER)? \(pid \d+\).*; not repaired: audit mode$", line);
        Assert.DoesNotContain("eth0", await host.Save(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheLockOfLegacyIsMadeAgainWhenItIsDeleted()
    {
        await using var host = await GuardedNetns.Create($"backend: legacy\n{Config}");
        await using var daemon = await host.Guard();
        for (var i = 0; i < 3; i++)
        {
            File.Delete("/run/xtables.lock");
            while (!File.Exists("/run/xtables.lock"))
            {
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }

            var said = daemon.Lines.Count;
            await host.Netns.Iptables(Backend.Legacy, Family.Ipv4, "-F", "DOCKER-USER");
            await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
        }
    }

    [Fact]
    public async Task ARunOfLegacyInAnotherNetworkNamespaceIsNeverTheCulprit()
    {
        await using var host = await GuardedNetns.Create($"backend: legacy\n{Config}");
        await using var elsewhere = await Netns.Create();
        await using var daemon = await host.Guard();
        await using var neighbour = elsewhere.Start("sh", ["-c", "while :; do iptables-legacy -w -A FORWARD -s 192.0.2.7 -j DROP; done"]);
        for (var i = 0; i < 4; i++)
        {
            var said = daemon.Lines.Count;
            await host.Netns.Iptables(Backend.Legacy, Family.Ipv4, "-F", "DOCKER-USER");
            var line = await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
            Assert.DoesNotContain("192.0.2.7", line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task CommentsAsLongAsTheKernelHasThemAreReadAndKeptWhole(Backend backend)
    {
        // 255 bytes are what it keeps of any comment; a tag may fill them, and so may what only looks like one.
        string[] comments = [new string('x', 300), $"a \"b\" \\ {new string('y', 246)}", $"netguard:{new string('z', 300)}", $"netguard:guarded {new string('w', 300)}"];
        await using var host = await GuardedNetns.Create($"backend: {backend.Name()}\n{Config}");
        await host.Netns.Iptables(backend, Family.Ipv4, "-N", "DOCKER-USER");
        foreach (var comment in comments)
        {
            await host.Netns.Iptables(backend, Family.Ipv4, "-A", "DOCKER-USER", "-i", "eth1", "-m", "comment", "--comment", comment, "-j", "ACCEPT");
        }

        var loaded = Commented(await host.Netns.Save(backend, Family.Ipv4));
        await using var daemon = await host.Guard();
        for (var i = 0; i < 3; i++)
        {
            var said = daemon.Lines.Count;
            await host.Netns.Iptables(backend, Family.Ipv4, "-D", "DOCKER-USER", "1");
            await daemon.WaitForLine(line => line.Contains(Repaired, StringComparison.Ordinal), said);
            var rules = (await host.Netns.Save(backend, Family.Ipv4)).Split('\n').Where(line => line.StartsWith("-A DOCKER-USER", StringComparison.Ordinal)).ToList();
            Assert.EndsWith("netguard:guarded\" -j DROP", rules[0], StringComparison.Ordinal);

            // What has the tag is NetGuard's to take away; the others are strangers' to the last byte.
            Assert.Equal(loaded.Where(rule => !rule.Contains("netguard:", StringComparison.Ordinal)), rules.Skip(1).Where(rule => !rule.Contains("netguard:", StringComparison.Ordinal)));
        }

        Assert.Equal(0, (await host.Netns.Netguard("diff", "--config", host.ConfigPath)).ExitCode);
    }

    [Fact]
    public async Task HundredsOfRepairsLeaveNoDescriptorOpen()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await using var fighter = host.Netns.Start("sh", ["-c", "while :; do iptables-nft -F DOCKER-USER; sleep 0.12; done"]);
        var (before, most) = (Files(daemon), 0);
        for (var i = 0; i < 40; i++)
        {
            most = Math.Max(most, Files(daemon));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        // Programs that run at the moment have three pipes each.
        Assert.True(most <= before + 20, $"{before} descriptors, and then {most}");
    }

    private static List<string> Commented(string save) => [.. save.Split('\n').Where(line => line.StartsWith("-A DOCKER-USER -i eth1", StringComparison.Ordinal))];

    private static int Files(RunningProgram daemon) => Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Pid}/fd")).Length;
}
