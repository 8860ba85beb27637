using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NetGuard.Daemon;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>The daemon, as a service runs it but for the line that it writes for each wake when asked to: it tells that a round is over.</summary>
internal sealed partial class Guard : IAsyncDisposable
{
    // Undone sooner, a repair would be part of a fight and slowed down: Contention. With something to spare.
    private static readonly TimeSpan Peace = Contention.Reaction * 1.3;
    private const double CostsPeace = 3.5;

    private readonly RunningProgram _daemon;
    private readonly Dictionary<string, long> _leftAlone = [];

    private Guard(RunningProgram daemon) => _daemon = daemon;

    public int Pid => _daemon.Pid;

    /// <summary>How many lines it has written.</summary>
    public int Said => _daemon.Lines.Count;

    /// <summary>How many programs it says it has started since a line.</summary>
    public int Programs(int since) => _daemon.Lines.Skip(since).Sum(line =>
        ProgramCount().Match(line.Text) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0);

    /// <summary>Starts it, and waits until it guards.</summary>
    public static Task<Guard> Start(Bench bench, Host host) => Start(bench, host.Netns, host.ConfigPath);

    /// <summary>Starts it, and waits until it guards.</summary>
    public static async Task<Guard> Start(Bench bench, Netns netns, string configPath)
    {
        var daemon = netns.Start(bench.Netguard, ["daemon", "--debug", "--config", configPath], isAskedFirst: true);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        await daemon.WaitForLine(line => line.Contains("answered Start", StringComparison.Ordinal));
        return new(daemon);
    }

    /// <summary>The lines since one.</summary>
    public IEnumerable<string> Lines(int since) => _daemon.Lines.Skip(since).Select(line => line.Text);

    /// <summary>Whether it has answered a wake since a line.</summary>
    public bool HasAnswered(int since) => _daemon.HasExited
        ? throw new InvalidOperationException($"the daemon ended:\n{string.Join('\n', Lines(Math.Max(0, Said - 20)))}")
        : Lines(since).Any(line => line.Contains(" answered ", StringComparison.Ordinal));

    /// <summary>Breaks a thing, no sooner than NetGuard would put it right at once, and waits until the daemon is done with it.</summary>
    public Breakage Break(string what, IWitness witness, Action doBreak)
    {
        while (_leftAlone.TryGetValue(what, out var until) && until > Stopwatch.GetTimestamp())
        {
            Clock.Sleep(TimeSpan.FromMilliseconds(1));
        }

        var since = Said;
        var start = Stopwatch.GetTimestamp();
        var breakage = witness.Watch(doBreak, () => HasAnswered(since));
        var rest = Stopwatch.GetElapsedTime(start) * CostsPeace;
        _leftAlone[what] = Stopwatch.GetTimestamp() + (long)((rest > Peace ? rest : Peace).TotalSeconds * Stopwatch.Frequency);
        return breakage;
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [GeneratedRegex(": ([0-9]+) programs;")]
    private static partial Regex ProgramCount();
}
