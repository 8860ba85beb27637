using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What is fought over: a chain of one family, or a kernel setting.</summary>
/// <param name="Family">The family; null for a setting of neither.</param>
/// <param name="Chain">The chain.</param>
/// <param name="Sysctl">The setting.</param>
/// <param name="Table">The table, where one as a whole is fought over.</param>
public readonly record struct Contended(Family? Family, ChainKey? Chain, SysctlKey? Sysctl, TableName? Table = null)
{
    /// <summary>What a drift is about.</summary>
    public static Contended Of(Drift drift) => new(drift.Family, drift.Chain, drift.Sysctl, drift.Chain is null ? drift.Table : null);

    /// <inheritdoc/>
    public override string ToString() => Sysctl?.ToString() ?? (Table is { } table ? $"{Family?.Name()} table {table}" : $"{Family?.Name()} {Chain}");
}

/// <summary>A fight that has just begun, or is over.</summary>
/// <param name="About">What is fought over.</param>
/// <param name="Rounds">How often it was repaired so far.</param>
/// <param name="IsOver">Whether it has been left alone for long enough.</param>
public sealed record ContentionNews(Contended About, int Rounds, bool IsOver);

/// <summary>
/// Notices that the same thing is undone again and again, and slows its repair down step by step: two programs that each put
/// right what the other did would otherwise keep a processor busy for good. It never gives up, and never waits longer than the ceiling.
/// </summary>
/// <remarks>
/// Told of is whatever is undone over and over, at any pace. Slowed down is only what is undone at a machine's pace: a person who tries
/// things out, or another guard that looks every few seconds, costs nothing, and loses nothing of a repair at once.
/// </remarks>
/// <param name="time">Measures.</param>
public sealed class Contention(TimeProvider time)
{
    /// <summary>How many repairs, each within <see cref="Memory"/> of the one before, are a fight.</summary>
    public const int Threshold = 5;

    // However fast a thing is undone, its repairs take no more than a quarter of the time.
    private const int Rest = 3;
    private const int MostSteps = 16;

    // Names are other people's, and there may be any number of them.
    private const int MostTold = 64;

    /// <summary>The longest wait between two repairs of the same thing.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(5);

    /// <summary>How long a thing must be left alone until it counts as never fought over.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(15);

    /// <summary>What is undone sooner than this after its repair is undone by a program that reacts to it.</summary>
    public static readonly TimeSpan Reaction = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<Contended, Fight> _fights = [];

    /// <summary>What is fought over now: a drift that was repaired for each, to ask of a change whether it may be the cause of the like.</summary>
    public IEnumerable<Drift> Fought => _fights.Values.Where(fight => fight.Rounds >= Threshold).Select(fight => fight.Drift);

    /// <summary>Whether the next repair of anything may have to wait.</summary>
    public bool HoldsBack => _fights.Values.Any(fight => fight.Steps > 0);

    /// <summary>
    /// Whether a drift is one of a fight that has been told of, and by somebody who was told of: such rounds are not worth a line each.
    /// Another rule, another kind of drift or another program is.
    /// </summary>
    /// <param name="drift">What was repaired.</param>
    /// <param name="by">The name of who did it.</param>
    public bool IsOldNews(Drift drift, string by) =>
        _fights.TryGetValue(Contended.Of(drift), out var fight)
        && !(fight.Told.Count < MostTold && fight.Told.Add((drift.Kind, drift.Rule, by))) && fight.Rounds > Threshold;

    /// <summary>Takes note of what was just repaired.</summary>
    /// <param name="drifts">What was repaired.</param>
    /// <param name="cost">How long that took.</param>
    /// <param name="undoneAt">When a drift came about: a timestamp; null where that was not told.</param>
    /// <returns>The fights that begin with this.</returns>
    public IReadOnlyList<ContentionNews> Repaired(IEnumerable<Drift> drifts, TimeSpan cost, Func<Drift, long?> undoneAt)
    {
        var now = time.GetTimestamp();
        var news = new List<ContentionNews>();
        foreach (var drift in drifts.DistinctBy(Contended.Of))
        {
            var about = Contended.Of(drift);
            var fight = _fights.TryGetValue(about, out var former) && time.GetElapsedTime(former.Last, now) < Memory
                ? former with { Drift = drift, Rounds = former.Rounds + 1, Steps = Steps(former, cost, undoneAt(drift)), Last = now }
                : new Fight(drift, 1, 0, now, []);
            _fights[about] = fight;
            if (fight.Rounds == Threshold)
            {
                news.Add(new(about, fight.Rounds, IsOver: false));
            }
        }

        return news;
    }

    /// <summary>Forgets what has been left alone.</summary>
    /// <returns>The fights that are over.</returns>
    public IReadOnlyList<ContentionNews> Quieten()
    {
        var now = time.GetTimestamp();
        var over = _fights.Where(fight => time.GetElapsedTime(fight.Value.Last, now) >= Memory).ToList();
        foreach (var (about, _) in over)
        {
            _fights.Remove(about);
        }

        return [.. over.Where(fight => fight.Value.Rounds >= Threshold).Select(fight => new ContentionNews(fight.Key, fight.Value.Rounds, IsOver: true))];
    }

    /// <summary>How long the next repair of a thing has to wait; zero where it is not undone at a machine's pace.</summary>
    public TimeSpan WaitFor(Contended about)
    {
        if (!_fights.TryGetValue(about, out var fight) || fight.Steps == 0)
        {
            return TimeSpan.Zero;
        }

        var wait = FirstWait * Math.Pow(2, fight.Steps - 1);
        wait = (wait < Ceiling ? wait : Ceiling) - time.GetElapsedTime(fight.Last);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private int Steps(Fight former, TimeSpan cost, long? undoneAt)
    {
        if (former.Rounds + 1 < Threshold)
        {
            return 0;
        }

        var least = cost * Rest > Reaction ? cost * Rest : Reaction;
        return undoneAt is { } at && time.GetElapsedTime(former.Last, at) < least
            ? Math.Min(former.Steps + 1, MostSteps)
            : Math.Max(former.Steps - 1, 0);
    }

    private sealed record Fight(Drift Drift, int Rounds, int Steps, long Last, HashSet<(DriftKind Kind, string? Rule, string By)> Told);
}
