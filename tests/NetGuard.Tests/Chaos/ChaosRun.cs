using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Chaos;

/// <summary>How long, and which mishaps.</summary>
/// <param name="Seed">The same one plays the same mishaps again, as far as the kernel lets: which of two comes first is not in its power.</param>
/// <param name="Backend">The variant of iptables.</param>
/// <param name="Netguard">The executable.</param>
internal sealed record ChaosOptions(int Seed, Backend Backend, string Netguard)
{
    /// <summary>Ends after so many mishaps.</summary>
    public int Steps { get; init; } = int.MaxValue;

    /// <summary>Or after so long.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.MaxValue;

    /// <summary>Is told of each quiet moment.</summary>
    public Action<string> Say { get; init; } = _ => { };
}

/// <summary>What came of it.</summary>
/// <param name="Steps">How many mishaps were played.</param>
/// <param name="Quiet">How many quiet moments there were, in each of which everything was right.</param>
/// <param name="Longest">The longest that it took after the last mishap until everything was right.</param>
/// <param name="Samples">What the daemon held in each of them.</param>
/// <param name="Lines">How many lines it wrote.</param>
internal sealed record ChaosReport(int Steps, int Quiet, TimeSpan Longest, IReadOnlyList<Vitals> Samples, int Lines);

/// <summary>
/// Several act on one namespace at once, now and then something falls on everybody, and after each time of that, when they rest, the world must
/// be what was declared and what they left.
/// </summary>
internal sealed class ChaosRun(ChaosOptions options)
{
    // Each with a setting of its own that is not guarded.
    private static readonly (string Name, string Unguarded)[] Who =
        [("ada", "net.ipv4.conf.lo.rp_filter"), ("bob", "net.ipv4.conf.docker0.rp_filter"), ("eve", "net.ipv4.conf.docker0.log_martians")];

    private static readonly int[] Pauses = [0, 30, 300];

    // A fight is repaired once in five seconds at the most; the rest is a busy machine's.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(options.Seed);
    private readonly List<Vitals> _samples = [];
    private TimeSpan _longest;

    /// <exception cref="InvalidOperationException">Something was not right: the message says what, and what was done before.</exception>
    public async Task<ChaosReport> Run(CancellationToken cancel)
    {
        await using var netns = await Netns.Create();
        using var files = new ConfigDir();
        await netns.AddBridge("docker0");
        foreach (var family in Enum.GetValues<Family>())
        {
            await netns.Restore(options.Backend, family, "*filter\n:DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n" + string.Concat(Docker.Select(rule => $"-A {rule.Chain} {rule.Rule}\n")) + "COMMIT\n");
        }

        await using var daemon = netns.Start(options.Netguard, ["daemon", "--config", files.Write("netguard.yaml", Declared.Config(options.Backend))], isAskedFirst: true);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        var stage = new Stage(netns, options.Backend, daemon);
        foreach (var family in Enum.GetValues<Family>())
        {
            stage.Strangers.AddChain(family, "DOCKER");
            foreach (var (chain, rule) in Docker)
            {
                stage.Strangers.AddRule(family, chain, rule, onTop: false);
            }
        }

        var actors = Who.Select(who => new Actor(who.Name, who.Unguarded, stage)).ToList();
        var start = Stopwatch.GetTimestamp();
        while (stage.Played < options.Steps && Stopwatch.GetElapsedTime(start) < options.Time && !cancel.IsCancellationRequested)
        {
            var pause = Pauses[_random.Next(Pauses.Length)];
            var steps = _random.Next(5, pause > 100 ? 15 : 40);
            await Task.WhenAll(actors.Select(actor => actor.Act(_random.Next(), steps, pause, cancel)).ToList());
            for (var shared = _random.Next(4); shared > 0; shared--)
            {
                await stage.Play("all", Shared(stage));
            }

            await Settle(stage, start);
            if (_random.Next(3) == 0)
            {
                await stage.Play("all", new DumpTaken(_random.Next(2) == 0 ? Family.Ipv4 : Family.Ipv6));
            }
        }

        return new(stage.Played, _samples.Count, _longest, _samples, daemon.Lines.Count);
    }

    private static readonly (string Chain, string Rule)[] Docker =
    [
        ("FORWARD", "-j DOCKER-USER"), ("FORWARD", "-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"), ("FORWARD", "-o docker0 -j DOCKER"),
        ("FORWARD", "-i docker0 ! -o docker0 -j ACCEPT"), ("DOCKER", "! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"),
    ];

    private Mishap Shared(Stage stage)
    {
        var family = _random.Next(3) == 0 ? Family.Ipv6 : Family.Ipv4;
        var choice = _random.Next(100);
        var (chain, top) = Declared.Top.ElementAt(_random.Next(Declared.Top.Count));
        return choice switch
        {
            < 15 => new AllFlushed(family),
            < 40 => new ChainFlushed(family, _random.Next(2) == 0 ? Declared.Forward : Declared.DockerUser),
            < 50 => new DockerUserRemoved(family),
            < 60 => new DockerStarted(family),
            < 70 => new DeclaredRuleWritten(family, chain, top[_random.Next(top.Length)].Rule, _random.Next(2) == 0),
            < 80 when stage.Dumps.TryGetValue(family, out var dump) => new DumpRestored(family, dump.Text, dump.World),
            < 85 when stage.Backend == Backend.Nft => new RulesetFlushed(),
            < 92 => new Reloaded(),
            _ => new Stopped(family, Declared.DockerUser, _random.Next(2, 20)),
        };
    }

    // Everybody rests. From now on it is NetGuard's turn alone.
    private async Task Settle(Stage stage, long start)
    {
        var since = Stopwatch.GetTimestamp();
        IReadOnlyList<string> faults;
        Vitals vitals;
        do
        {
            await Task.Delay(Look, CancellationToken.None);
            faults = await Faults(stage);
            vitals = Vitals.Of(stage.Daemon.Pid, Stopwatch.GetElapsedTime(start));
            if (stage.Daemon.HasExited || (faults.Count > 0 || vitals.Children > 0) && Stopwatch.GetElapsedTime(since) > Promised)
            {
                throw new InvalidOperationException(
                    $"seed {options.Seed}, {stage.Played} mishaps, {(stage.Daemon.HasExited ? "the daemon ended" : $"not right {Promised.TotalSeconds:0} s after the last")}:\n"
                    + $"{string.Join('\n', faults)}\n{vitals}\n\nwhat was done:\n{string.Join('\n', stage.Trail)}\n\nwhat the daemon said:\n"
                    + string.Join('\n', stage.Daemon.Lines.TakeLast(60).Select(line => line.Text)));
            }
        }
        while (faults.Count > 0 || vitals.Children > 0);

        var took = Stopwatch.GetElapsedTime(since);
        _longest = took > _longest ? took : _longest;
        _samples.Add(vitals);
        stage.Note(string.Create(CultureInfo.InvariantCulture, $"all right after {took.TotalSeconds:0.00} s"));
        options.Say(string.Create(CultureInfo.InvariantCulture, $"{vitals}  {stage.Played,6:N0} mishaps, right after {took.TotalSeconds:0.00} s"));
    }

    private static async Task<IReadOnlyList<string>> Faults(Stage stage)
    {
        var faults = new List<string>();
        foreach (var family in Enum.GetValues<Family>())
        {
            faults.AddRange(Checker.Faults(family, await stage.Save(family), stage.Strangers));
        }

        foreach (var (key, value) in Declared.Sysctls.Concat(stage.Strangers.Sysctls))
        {
            if (await stage.Netns.Sysctl(key) is var found && found != value)
            {
                faults.Add($"{key} is {found}, not {value}");
            }
        }

        return faults;
    }
}
