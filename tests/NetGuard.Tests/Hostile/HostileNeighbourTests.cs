using System.Diagnostics;
using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.Daemon;
using NetGuard.Tests.DBus;
using NetGuard.Tests.Journald;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Hostile;

/// <summary>Who shares the host with NetGuard, and means it ill, with or without rights.</summary>
public sealed class HostileNeighbourTests : IDisposable
{
    // A path cannot hold a slash, a kernel's text no zero; all else can be anywhere.
    private static readonly string[] Names =
    [
        "x\n00:00:00.000 info     guarding", "\u001b[2J\u001b]0;owned\u0007", "a\rb", "$(touch MARK)", "`touch MARK`", ";touch MARK;", "| touch MARK", "&& touch MARK",
        "%s%n%x", "'\"\\", "\u202egnp.exe", "\u2028line", "a\u0001\u007f\u009b31m", "NETGUARD_EVENT=in-sync\nPRIORITY=7", "\"} 1\nnetguard_in_sync 0", "{0} {Name}", "-j ACCEPT", "\ud83d\ude00é",
    ];

    // Docker's ids are at least so long.
    private const string Bridge = "0123456789abcdef";

    private readonly ConfigDir _files = new();

    private string Mark => $"{_files.Path}/mark";

    private string Metrics => $"{_files.Path}/netguard.prom";

    private string Config => $$"""
        interval: 1h
        families: [ipv4]
        backend: nft
        metrics: { textfile: {{Metrics}} }
        chains:
          DOCKER-USER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
        """;

    [Fact]
    public async Task ThousandsOfFailingProcessesAndAFloodOfNobodysCostLittleAndDelayNothing()
    {
        await using var host = await ControlledNetns.Create(Config);
        var before = WellFormed.Cost(host.Daemon.Pid);
        using var enough = new CancellationTokenSource();
        var flood = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => HostileCallerTests.Flood(host.Bus, enough.Token)));

        // As nobody: each run is refused by the kernel. One in a hundred has a command line of megabytes, as long as the kernel allows.
        var script = _files.Write("nobody.sh", $$"""
            cd {{Tools()}}
            ulimit -s unlimited
            long=$(head -c 100000 /dev/zero | tr '\0' x)
            for i in $(seq 12); do
              for tool in ./*; do
                for arguments in '-F DOCKER-USER' '-P FORWARD ACCEPT' '-D DOCKER-USER 1' '-X' '-A DOCKER-USER -j ACCEPT'; do
                  "$tool" iptables $arguments
                done
              done
              "$tool" iptables -F $(for i in $(seq 50); do printf '%s ' "$long"; done)
            done
            """);
        var runs = Enumerable.Range(0, 2).Select(_ => host.Host.Netns.Run("setpriv", [
            "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "bash", script], timeout: TimeSpan.FromMinutes(3))).ToList();
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            var since = Stopwatch.GetTimestamp();
            await host.Flush();
            await IsBack(host.Host);
            waits.Add(Stopwatch.GetElapsedTime(since));
        }

        await Task.WhenAll(runs);
        await enough.CancelAsync();
        await flood;
        var after = WellFormed.Cost(host.Daemon.Pid);
        TestContext.Current.TestOutputHelper?.WriteLine($"{after.Work - before.Work} of processor time, {(after.Resident - before.Resident) / 1e6:0.0} MB more, repairs took {string.Join(", ", waits)}");
        Assert.InRange(after.Resident, 0, before.Resident + (48 << 20));
        Assert.True(await host.IsProtected());
        Assert.Equal("ok", await host.State());
        WellFormed.Console(host.Daemon.Lines);
        WellFormed.Metrics(await File.ReadAllTextAsync(Metrics, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WhoChangesTheFirewallUnderAnOddNameForgesNothing()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var before = WellFormed.Cost(daemon.Pid);
        await ChangeUnderOddNames(host);
        await IsBack(host);
        WellFormed.Output((await host.Netns.Netguard("diff", "--config", host.ConfigPath)).Output);
        WellFormed.Output((await host.Netns.Netguard("snapshot", "--all")).Succeeded().Output);

        Assert.InRange(WellFormed.Cost(daemon.Pid).Resident, 0, before.Resident + (48 << 20));
        WellFormed.Console(daemon.Lines);
        Assert.Contains(daemon.Lines, line => line.Text.Contains("; by ", StringComparison.Ordinal) && line.Text.Contains("touch", StringComparison.Ordinal));
        Assert.Equal(0, await daemon.Stop());
        WellFormed.Metrics(await File.ReadAllTextAsync(Metrics, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mark));
    }

    [Fact]
    public async Task WhoChangesTheFirewallUnderAnOddNameForgesNothingInTheJournal()
    {
        using var journal = new ListeningJournal();
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = JournalTests.Guard(host, journal);
        journal.WaitFor(entry => JournalTests.Is(entry, "guarding"));
        var changes = ChangeUnderOddNames(host);
        var seen = new List<string>();
        var named = journal.WaitFor(entry =>
        {
            WellFormed.Journal(entry);
            seen.Add(entry.First(field => field.Key == "NETGUARD_EVENT").Value);
            return seen.Count(kind => kind == "drift-repaired") >= 2 && entry.Any(field => field.Key == "NETGUARD_BY_CMDLINE");
        });
        await changes;
        Assert.All(named.Where(field => field.Key == "NETGUARD_BY_PID"), field => Assert.Matches("^[0-9]+$", field.Value));
        Assert.Empty(daemon.Lines);
        Assert.False(File.Exists(Mark));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task OddCommentsOfStrangersAreShownHarmlesslyAndComeThroughASnapshot(Backend backend)
    {
        await using var host = await GuardedNetns.Create(Config.Replace("rules:", "exclusive: true\n    rules:", StringComparison.Ordinal).Replace("nft", backend.Name(), StringComparison.Ordinal));
        await host.Netns.Iptables(backend, Family.Ipv4, "-N", "DOCKER-USER");

        // One with a line break makes the chain unreadable: LineBreakTests.
        foreach (var name in Names.Where(name => name.IndexOfAny(['\n', '\r']) < 0))
        {
            await host.Netns.Iptables(backend, Family.Ipv4, "-A", "DOCKER-USER", "-m", "comment", "--comment", name, "-j", "ACCEPT");
        }

        // In an exclusive chain each of them is foreign, and shown.
        var diff = await host.Netns.Netguard("diff", "--config", host.ConfigPath);
        Assert.True(diff.ExitCode == 2, $"{diff.Errors}{diff.Output}");
        Assert.Contains("foreign", diff.Output, StringComparison.Ordinal);
        WellFormed.Output(diff.Output);
        WellFormed.Output(diff.Errors);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse((await host.Netns.Netguard("diff", "--json", "--config", host.ConfigPath)).Output).RootElement.ValueKind);
        var snapshot = (await host.Netns.Netguard("snapshot", "--all")).Succeeded().Output;
        WellFormed.Output(snapshot);
        var apply = await host.Netns.Netguard("apply", "--config", host.ConfigPath);
        WellFormed.Output(apply.Output + apply.Errors);
        Assert.False(File.Exists(Mark));
    }

    [Fact]
    public async Task ContainersNetworksLabelsAndInterfacesWithOddNamesReachNoShellAndNoLog()
    {
        await using var engine = new FakeEngine($"{_files.Path}/docker.sock");
        await using var host = await GuardedNetns.Create($$"""
            {{Config.Replace("        ", "", StringComparison.Ordinal)}}
            docker:
              socket: {{_files.Path}}/docker.sock
              icc: deny
              links: [ { from: app, to: "label:role=db", ports: [80/tcp] } ]
              published: [ { interfaces: [eth0], allow: [8.8.8.8] } ]
            """);

        // A kernel's interface may be called anything without a slash or a space.
        await host.Netns.AddBridge("docker0");
        await host.Netns.Output("ip", ["link", "add", "a;$(id)", "type", "bridge"]);
        await host.Netns.Output("ip", ["link", "set", "a;$(id)", "up"]);
        await host.Netns.Output("sh", ["-c", "echo 1 > '/proc/sys/net/ipv4/conf/a;$(id)/forwarding'"]);
        Tell(engine);
        await using var daemon = await host.Guard();
        for (var since = Stopwatch.GetTimestamp(); !(await host.Save()).Contains("app -> db 80/tcp", StringComparison.Ordinal); await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience, await host.Save());
        }

        var save = await host.Save();
        var diff = await host.Netns.Netguard("diff", "--config", host.ConfigPath);
        WellFormed.Output(diff.Output);
        WellFormed.Output(diff.Errors);
        _ = JsonDocument.Parse((await host.Netns.Netguard("diff", "--json", "--config", host.ConfigPath)).Output);

        // What the snapshot says of all that is itself a configuration.
        var proposed = (await host.Netns.Run("env", [$"DOCKER_HOST=unix://{_files.Path}/docker.sock", NetguardBinary.Path, "snapshot"])).Succeeded().Output;
        WellFormed.Output(proposed);
        var snapshot = _files.Write("snapshot.yaml", proposed);
        (await host.Netns.Netguard("check", "--config", snapshot)).Succeeded();
        WellFormed.Output(save);
        await host.Iptables("-F");
        for (var since = Stopwatch.GetTimestamp(); Rules(await host.Save()) != Rules(save); await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience, await host.Save());
        }

        WellFormed.Console(daemon.Lines);
        Assert.Equal(0, await daemon.Stop());
        WellFormed.Metrics(await File.ReadAllTextAsync(Metrics, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Mark));
    }

    public void Dispose() => _files.Dispose();

    private static string Rules(string save) => string.Join('\n', save.Split('\n').Where(line => line.StartsWith('-')));

    // Every odd name as a container's, a network's, a bridge's, an alias's, a label's and its value's, beside two that are as they should be.
    private void Tell(FakeEngine engine)
    {
        var names = Names.Select(name => name.Replace("MARK", Mark, StringComparison.Ordinal)).ToList();
        engine.Networks = JsonSerializer.Serialize(names.Select((name, i) => new
        {
            Name = name,
            Id = $"{i:d16}{name}",
            Driver = "bridge",
            Options = new Dictionary<string, string> { ["com.docker.network.bridge.name"] = i == 0 ? "a;$(id)" : name, [name] = name },
            Labels = new Dictionary<string, string> { [name] = name },
        }).Append(new
        {
            Name = "bridge",
            Id = Bridge,
            Driver = "bridge",
            Options = new Dictionary<string, string> { ["com.docker.network.bridge.name"] = "docker0" },
            Labels = new Dictionary<string, string>(),
        }));
        engine.Containers = JsonSerializer.Serialize(names.Select((name, i) => Container($"c{i}{name}", name, new() { [name] = name, ["role"] = $"db{name}", ["com.docker.compose.service"] = name }, $"172.17.1.{i + 2}", 8000 + i))
            .Append(Container("app", "app", [], "172.17.0.2", 7000)).Append(Container("db", "db", new() { ["role"] = "db" }, "172.17.0.3", 7001)));
    }

    private static object Container(string id, string name, Dictionary<string, string> labels, string address, int port) => new
    {
        Id = id,
        Names = new[] { $"/{name}", $"/{name}/alias" },
        Labels = labels,
        State = "running",
        NetworkSettings = new { Networks = new Dictionary<string, object> { ["bridge"] = new { NetworkID = Bridge, IPAddress = address, GlobalIPv6Address = "", Aliases = new[] { name } } } },
        Ports = new[] { new { IP = "0.0.0.0", PrivatePort = 80, PublicPort = port, Type = "tcp" } },
    };

    // The tools under each of the names: how a program is called is its file's name, and the first of its arguments.
    private string Tools()
    {
        var folder = Directory.CreateDirectory($"{_files.Path}/tools").FullName;
        foreach (var name in Names.Where(name => !name.Contains('/', StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink($"{folder}/{name}", "/usr/sbin/xtables-nft-multi");
        }

        return folder;
    }

    // With the names in the arguments as well, and from a shell that is called so.
    private async Task ChangeUnderOddNames(GuardedNetns host)
    {
        var folder = Tools();
        foreach (var name in Names)
        {
            var argument = name.Replace("MARK", Mark, StringComparison.Ordinal);
            await host.Netns.Run("bash", ["-c", "cd \"$1\"; for i in 1 2; do \"./$2\" iptables -I DOCKER-USER -m comment --comment \"$3\" -j ACCEPT; ./\"$2\" iptables -F DOCKER-USER; done", argument, folder, name, argument]);
            await Task.Delay(150, TestContext.Current.CancellationToken);
        }
    }

    private static async Task IsBack(GuardedNetns host)
    {
        for (var since = Stopwatch.GetTimestamp(); !(await host.Save()).Contains("netguard:only-8.8.8.8", StringComparison.Ordinal); await Task.Delay(20))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience, "the rule does not come back");
        }
    }
}
