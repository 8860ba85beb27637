using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Faults;

/// <summary>
/// NetGuard is killed at every step of a repair in turn, with a tool just about to run, or running on alone. The tools are stood in for by scripts
/// that kill whoever started them: the executable is the one that ships, and has no switch for it.
/// </summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const string Layout = "docker-20.10-icc-false-link.rules";

    // Each tool takes a number; the one whose turn it is kills NetGuard, and then does its work or does not.
    private const string Deadly = """
        n=1
        while ! mkdir "$folder/run-$n" 2> /dev/null; do n=$((n + 1)); done
        echo "$@" > "$folder/run-$n/arguments"
        how=
        [ "$n" = "$(cat "$folder/at")" ] && how=$(cat "$folder/how") && kill -9 "$PPID"
        status=1
        [ "$how" = before ] || { "$real" "$@"; status=$?; }
        touch "$folder/run-$n/over"
        exit $status
        """;

    private const string Configuration = """
        forwarding: { ipv4: on }
        chains:
          FORWARD:
            policy: DROP
            rules: [ { name: last, rule: -i eth1 -j DROP, position: bottom } ]
          DOCKER-USER:
            rules:
              - { name: established, rule: "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN" }
              - { name: altered, rule: -i eth0 -p tcp --dport 22 -j DROP }
              - { name: moved, rule: -i eth0 -p tcp --dport 25 -j DROP }
              - { name: missing, rule: -i eth0 -p tcp --dport 53 -j REJECT }
          OWN:
            rules: [ { name: inner, rule: -j DROP } ]
          mangle/PREROUTING:
            rules: [ { name: mark, rule: -i eth0 -j MARK --set-mark 1 } ]
        """;

    // A rule of each kind of drift, all of them refusing something.
    private const string Drifted = """
        *filter
        -I DOCKER-USER -i eth0 -p tcp -m tcp --dport 23 -m comment --comment "netguard:altered" -j DROP
        -I DOCKER-USER -i theirs0 -j DROP
        -I DOCKER-USER -i eth0 -p tcp -m tcp --dport 25 -m comment --comment "netguard:moved" -j DROP
        -A DOCKER-USER -i eth0 -p tcp -m tcp --dport 25 -m comment --comment "netguard:moved" -j DROP
        -A DOCKER-USER -i eth0 -m comment --comment "netguard:stale" -j DROP
        COMMIT

        """;

    private readonly ConfigDir _files = new();
    private readonly StandIns _tools = new(Deadly);
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("during")]
    public async Task KilledAtAnyStepTheNextRunConvergesAndNoCommitEverHeldFewerDrops(string how)
    {
        await using var observer = await CommitObserver.Start(_netns);
        List<int> steps = [0];
        Dictionary<string, int> least = [];
        string? expected = null;
        for (var i = 0; i < steps.Count; i++)
        {
            var at = steps[i];
            await Drift(Backend.Nft);
            var before = await observer.Begin();
            if (await Apply(at, how))
            {
                expected ??= await Rules(Backend.Nft);

                // Killed before a tool that reads is killed behind the one before it.
                steps.AddRange(how == "before" ? Writers() : Enumerable.Range(1, Directory.GetDirectories(_tools.Folder, "run-*").Length));
                var after = (await observer.Commits())[^1];
                least = before.ToDictionary(count => count.Key, count => Math.Min(count.Value, after[count.Key]));
                Assert.InRange(steps.Count, 3, 60);
                Assert.All(least, count => Assert.True(count.Value > 0 || count.Key == "ip6"));
                continue;
            }

            Assert.True(await _netns.Sysctl("net.ipv4.ip_forward") == "0" || await Rules(Backend.Nft) == expected, $"forwarding is on before its rules are there, at step {at}");
            Assert.True(await Apply(0, how));
            Assert.Equal(expected, await Rules(Backend.Nft));
            Assert.Equal("1", await _netns.Sysctl("net.ipv4.ip_forward"));
            Assert.All(await observer.Commits(), counts => Assert.All(counts, count => Assert.True(count.Value >= least[count.Key], $"{count} at step {at}")));
        }
    }

    [Fact]
    public async Task ADropThatIsMissingBetweenTwoCommitsIsSeen()
    {
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-j", "DROP");
        await using var observer = await CommitObserver.Start(_netns);
        Assert.Equal(1, (await observer.Begin())["ip"]);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-D", "FORWARD", "1");
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-j", "REJECT");
        Assert.Equal([0, 1], (await observer.Commits()).Select(counts => counts["ip"]).Take(2));
    }

    [Fact]
    public async Task KilledAtAnyStepOnLegacyTheNextRunConverges()
    {
        var (steps, drifted) = (0, 0);
        string? expected = null;
        for (var at = 0; at <= steps; at++)
        {
            await Drift(Backend.Legacy);
            drifted = drifted == 0 ? Drops(await Rules(Backend.Legacy)) : drifted;
            if (await Apply(at, "during"))
            {
                expected ??= await Rules(Backend.Legacy);
                steps = Directory.GetDirectories(_tools.Folder, "run-*").Length;
                continue;
            }

            // x_tables takes a table as a whole: what is seen between two tools is all there is to see.
            Assert.InRange(Drops(await Rules(Backend.Legacy)), Math.Min(Drops(expected!), drifted), int.MaxValue);
            Assert.True(await Apply(0, "during"));
            Assert.Equal(expected, await Rules(Backend.Legacy));
        }
    }

    [Fact]
    public async Task KilledWhileItHandsOverAThousandRulesNothingIsHalfApplied()
    {
        // More than a pipe holds: the tool gets what had been written, and no COMMIT.
        var many = string.Concat(Enumerable.Range(0, 1500).Select(i => string.Create(CultureInfo.InvariantCulture, $"      - {{ name: r{i}, rule: -s 10.1.{i / 250}.{i % 250} -j DROP, family: ipv4 }}\n")));
        var config = _files.Write("many.yaml", $"families: [ipv4]\nchains:\n  DOCKER-USER:\n    rules:\n{many}");
        await Drift(Backend.Nft);
        var before = await Rules(Backend.Nft);
        Assert.True(await Apply(0, "during", config));
        foreach (var at in Writers().ToList())
        {
            await Drift(Backend.Nft);
            Assert.False(await Apply(at, "during", config));
            var now = await Rules(Backend.Nft);
            Assert.True(now == before || now.Contains("netguard:r1499", StringComparison.Ordinal), now);
        }
    }

    [Fact]
    public async Task ADaemonThatIsKilledWhileItRepairsIsReplacedByOneThatFinishesTheWork()
    {
        await Drift(Backend.Nft);
        Assert.True(await Apply(0, "during"));
        var expected = await Rules(Backend.Nft);
        foreach (var at in (int[])[5, 7, 9])
        {
            await Drift(Backend.Nft);
            Arm(at, "during");
            await using (var daemon = _tools.StartDaemon(_netns, _config))
            {
                Assert.Equal(137, await daemon.WaitForExit());
                await ToolsAreOver();
            }

            Arm(0, "during");
            await using var next = _tools.StartDaemon(_netns, _config);
            await next.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
            Assert.Equal(expected, await Rules(Backend.Nft));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _tools.Dispose();
        _files.Dispose();
    }

    private async Task Drift(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, Layout);
        await _netns.Restore(backend, Family.Ipv4, "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n");
        await _netns.Restore(backend, Family.Ipv6, "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -i theirs0 -j DROP\nCOMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n");
        await _netns.Output($"iptables-{backend.Name()}-restore", ["--noflush", "--wait"], Drifted);
        await _netns.SetSysctl("net.ipv4.ip_forward", "0");
    }

    // The runs that write to the live tables.
    private IEnumerable<int> Writers() => Directory.GetDirectories(_tools.Folder, "run-*")
        .Where(run => File.ReadAllText($"{run}/arguments").Contains("--noflush", StringComparison.Ordinal))
        .Select(run => int.Parse(run.Split('-')[^1], CultureInfo.InvariantCulture));

    private void Arm(int at, string how)
    {
        foreach (var run in Directory.GetDirectories(_tools.Folder, "run-*"))
        {
            Directory.Delete(run, recursive: true);
        }

        _tools.Tell("at", at.ToString(CultureInfo.InvariantCulture));
        _tools.Tell("how", how);
    }

    // Whether it came to its end.
    private async Task<bool> Apply(int at, string how, string? config = null)
    {
        Arm(at, how);
        var result = await _tools.Netguard(_netns, "apply", "--config", config ?? _config);
        Assert.True(result.ExitCode is 0 or 137, $"{result.ExitCode}\n{result.Output}{result.Errors}");
        Assert.Equal(at > 0, result.ExitCode == 137);
        await ToolsAreOver();
        return result.ExitCode == 0;
    }

    // They run on when NetGuard is gone.
    private async Task ToolsAreOver()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.GetDirectories(_tools.Folder, "run-*").Any(run => !File.Exists($"{run}/over")))
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private async Task<string> Rules(Backend backend) => string.Join('\n', from family in await Task.WhenAll(_netns.Save(backend, Family.Ipv4), _netns.Save(backend, Family.Ipv6))
                                                                           from line in family.Split('\n')
                                                                           where !line.StartsWith('#')
                                                                           select line.Split(" [")[0]);

    private static int Drops(string rules) => rules.Split('\n').Count(line => line.EndsWith("-j DROP", StringComparison.Ordinal) || line.Contains("-j REJECT", StringComparison.Ordinal));
}
