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

    /// <summary>Whether the daemon is killed, too. Where it is not, one and the same lives from the beginning to the end.</summary>
    public bool Kills { get; init; } = true;

    /// <summary>Whether little time is left: more mishaps between two quiet moments, and hardly a pause.</summary>
    public bool Hurries { get; init; }

    /// <summary>Whether a real Docker Engine is among those who act, if one is installed.</summary>
    public bool WithDocker { get; init; }

    /// <summary>Is told of each quiet moment.</summary>
    public Action<string> Say { get; init; } = _ => { };
}

/// <summary>What came of it.</summary>
/// <param name="Steps">How many mishaps were played.</param>
/// <param name="Settled">How long it took after the last mishap before each quiet moment until everything was right.</param>
/// <param name="Samples">What the daemon held in each of them.</param>
/// <param name="Deaths">How often it was killed.</param>
/// <param name="HadDocker">Whether a real Docker Engine was among those who acted.</param>
/// <param name="Lines">How many lines it wrote.</param>
internal sealed record ChaosReport(int Steps, IReadOnlyList<TimeSpan> Settled, IReadOnlyList<Vitals> Samples, int Deaths, bool HadDocker, int Lines)
{
    /// <summary>How long it took at the most in so many of a hundred.</summary>
    public TimeSpan Percentile(int percent) => Settled.Order().ElementAt((Settled.Count - 1) * percent / 100);
}

/// <summary>
/// Several act on one namespace at once, now and then something falls on everybody, and after each time of that, when they rest, the world must
/// be what was declared and what they left.
/// </summary>
internal sealed class ChaosRun(ChaosOptions options)
{
    // Each with a setting of its own that is not guarded, and the policy of a chain.
    private static readonly (string Name, string Unguarded, string Policy)[] Who =
        [("ada", "net.ipv4.conf.lo.rp_filter", "INPUT"), ("bob", "net.ipv4.conf.docker0.rp_filter", "OUTPUT"), ("eve", "net.ipv4.conf.docker0.log_martians", "INPUT")];

    private static readonly int[] Pauses = [0, 30, 300];
    private static readonly int[] ShortPauses = [0, 0, 0, 20];

    // A fight is repaired once in five seconds at the most; the rest is a busy machine's.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(options.Seed);
    private readonly List<Vitals> _samples = [];
    private readonly List<TimeSpan> _settled = [];

    /// <exception cref="InvalidOperationException">Something was not right: the message says what, and what was done before.</exception>
    public async Task<ChaosReport> Run(CancellationToken cancel)
    {
        await using var docker = options.WithDocker && RealDocker.IsInstalled ? await RealDocker.Start(options.Backend) : null;
        await using var own = docker is null ? await Netns.Create() : null;
        var netns = docker?.Netns ?? own!;
        if (docker is null)
        {
            await netns.AddBridge("docker0");
            await DockersRules(netns, Family.Ipv4);
        }

        await DockersRules(netns, Family.Ipv6);
        await using var stage = await Stage.Create(netns, options.Backend, options.Netguard, docker);
        foreach (var family in Enum.GetValues<Family>())
        {
            stage.Strangers.AddChain(family, "DOCKER");
            foreach (var (chain, rule) in family == Family.Ipv4 && docker is not null ? docker.Rules : Docker)
            {
                stage.Strangers.AddRule(family, chain, rule, onTop: false);
            }
        }

        var start = Stopwatch.GetTimestamp();
        try
        {
            await Play(stage, start, cancel);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            throw new InvalidOperationException(
                $"seed {options.Seed}, {stage.Played} mishaps, {stage.Deaths} deaths: {e.Message}\n\nwhat was done:\n{string.Join('\n', stage.Trail)}\n\nwhat the daemon said:\n"
                + string.Join('\n', stage.Daemon.Lines.TakeLast(60).Select(line => line.Text)), e);
        }

        return new(stage.Played, _settled, _samples, stage.Deaths, docker is not null, stage.Lines);
    }

    private async Task Play(Stage stage, long start, CancellationToken cancel)
    {
        var actors = Who.Select((who, i) => new Actor(who.Name, who.Unguarded, who.Policy, stage) { Family = i == 2 ? Family.Ipv6 : Family.Ipv4 }).ToList();
        var warden = new Warden(stage, options.Kills);
        await Settle(stage, start);
        while (stage.Played < options.Steps && Stopwatch.GetElapsedTime(start) < options.Time && !cancel.IsCancellationRequested)
        {
            var pauses = options.Hurries ? ShortPauses : Pauses;
            var pause = pauses[_random.Next(pauses.Length)];
            var steps = options.Hurries ? _random.Next(20, 200) : _random.Next(5, pause > 100 ? 15 : 40);
            await Task.WhenAll([
                .. actors.Select(actor => actor.Act(_random.Next(), steps, pause, cancel)),
                warden.Act(_random.Next(), _random.Next(options.Hurries ? 20 : 4), options.Hurries ? 400 : 300, cancel)]);
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
    }

    private Task DockersRules(Netns netns, Family family) => netns.Restore(
        options.Backend, family, "*filter\n:DOCKER - [0:0]\n:DOCKER-USER - [0:0]\n" + string.Concat(Docker.Select(rule => $"-A {rule.Chain} {rule.Rule}\n")) + "COMMIT\n");

    private static readonly (string Chain, string Rule)[] Docker =
    [
        ("FORWARD", "-j DOCKER-USER"), ("FORWARD", "-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"), ("FORWARD", "-o docker0 -j DOCKER"),
        ("FORWARD", "-i docker0 ! -o docker0 -j ACCEPT"), ("DOCKER", "! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"),
    ];

    private Mishap Shared(Stage stage)
    {
        var family = _random.Next(3) == 0 ? Family.Ipv6 : Family.Ipv4;
        var choice = _random.Next(100);
        var declared = Declared.Editions[_random.Next(Declared.Editions.Count)];
        var (chain, top) = declared.Top.ElementAt(_random.Next(declared.Top.Count));
        return choice switch
        {
            < 6 when stage.Docker is not null => new DockerRestarted(),
            < 10 => new OthersDumpRestored(family),
            < 15 => new AllFlushed(family),
            < 40 => new ChainFlushed(family, _random.Next(2) == 0 ? Declared.Forward : Declared.DockerUser),
            < 50 => new DockerUserRemoved(family),
            < 60 => new DockerStarted(family),
            < 70 => new DeclaredRuleWritten(family, chain, top[_random.Next(top.Length)].Rule, _random.Next(2) == 0),
            < 80 when stage.Dumps.TryGetValue(family, out var dump) => new DumpRestored(family, dump.Text, dump.World),
            < 85 when stage.Backend == Backend.Nft => new RulesetFlushed(),
            _ => new Stopped(family, Declared.DockerUser, _random.Next(2, 20)),
        };
    }

    // Everybody rests. From now on it is NetGuard's turn alone, and what is right must stay so.
    private async Task Settle(Stage stage, long start)
    {
        var since = Stopwatch.GetTimestamp();
        TimeSpan? took = null;
        Vitals vitals;
        for (var right = 0; ; right++)
        {
            await Task.Delay(Look, CancellationToken.None);
            if (stage.Daemon.HasExited)
            {
                throw new InvalidOperationException("the daemon ended");
            }

            var faults = await Faults(stage);
            vitals = Vitals.Of(stage.Daemon.Pid, Stopwatch.GetElapsedTime(start));
            if (faults.Count > 0 || vitals.Children > 0)
            {
                if (Stopwatch.GetElapsedTime(since) > Promised)
                {
                    throw new InvalidOperationException($"not right {Promised.TotalSeconds:0} s after the last:\n{string.Join('\n', faults)}\n{vitals}");
                }

                (right, took) = (-1, null);
                continue;
            }

            took ??= Stopwatch.GetElapsedTime(since);
            if (right == 1)
            {
                break;
            }
        }

        _settled.Add(took!.Value);
        _samples.Add(vitals);
        stage.Note(string.Create(CultureInfo.InvariantCulture, $"all right after {took.Value.TotalSeconds:0.00} s"));
        options.Say(string.Create(CultureInfo.InvariantCulture, $"{vitals}  {stage.Played,6:N0} mishaps, right after {took.Value.TotalSeconds:0.00} s"));
    }

    private static async Task<IReadOnlyList<string>> Faults(Stage stage)
    {
        var faults = new List<string>();
        foreach (var family in Enum.GetValues<Family>())
        {
            faults.AddRange(Checker.Faults(family, await stage.Save(family), stage.Strangers, stage.Declared));
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
