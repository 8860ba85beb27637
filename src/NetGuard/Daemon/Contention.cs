using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What is fought over: a chain of one family, or a kernel setting.</summary>
/// <param name="Family">The family; null for a setting of neither.</param>
/// <param name="Chain">The chain.</param>
/// <param name="Sysctl">The setting.</param>
public readonly record struct Contended(Family? Family, ChainKey? Chain, SysctlKey? Sysctl)
{
    /// <summary>What a drift is about.</summary>
    public static Contended Of(Drift drift) => new(drift.Family, drift.Chain, drift.Sysctl);

    /// <summary>A drift of this thing, to ask of a change whether it may be the cause.</summary>
    public Drift Sample => new(DriftKind.Unreachable) { Family = Family, Chain = Chain, Sysctl = Sysctl };

    /// <inheritdoc/>
    public override string ToString() => Sysctl?.ToString() ?? $"{Family?.Name()} {Chain}";
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
/// <param name="time">Measures.</param>
public sealed class Contention(TimeProvider time)
{
    /// <summary>How many repairs, each within <see cref="Memory"/> of the one before, are a fight.</summary>
    public const int Threshold = 5;

    /// <summary>The longest wait between two repairs of the same thing.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(5);

    /// <summary>How long a thing must be left alone until it counts as never fought over.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<Contended, Fight> _fights = [];

    /// <summary>What is fought over now.</summary>
    public IEnumerable<Contended> Fought => _fights.Where(fight => fight.Value.Rounds >= Threshold).Select(fight => fight.Key);

    /// <summary>Whether a drift is one of a fight that has been told of: its single rounds are not worth a line each.</summary>
    public bool IsOldNews(Drift drift) => _fights.TryGetValue(Contended.Of(drift), out var fight) && fight.Rounds > Threshold;

    /// <summary>Takes note of what was just repaired.</summary>
    /// <returns>The fights that begin with this.</returns>
    public IReadOnlyList<ContentionNews> Repaired(IEnumerable<Drift> drifts)
    {
        var now = time.GetTimestamp();
        var news = new List<ContentionNews>();
        foreach (var about in drifts.Select(Contended.Of).Distinct())
        {
            var fight = _fights.TryGetValue(about, out var former) && time.GetElapsedTime(former.Last, now) < Memory
                ? former with { Rounds = former.Rounds + 1, Last = now }
                : new Fight(1, now);
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

    /// <summary>How long the next repair of a thing has to wait; zero where it is not fought over.</summary>
    public TimeSpan WaitFor(Contended about)
    {
        if (!_fights.TryGetValue(about, out var fight) || fight.Rounds < Threshold)
        {
            return TimeSpan.Zero;
        }

        var wait = FirstWait * Math.Pow(2, Math.Min(fight.Rounds - Threshold, 16));
        wait = (wait < Ceiling ? wait : Ceiling) - time.GetElapsedTime(fight.Last);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private sealed record Fight(int Rounds, long Last);
}
