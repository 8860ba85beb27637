using System.Globalization;
using System.Reflection;
using NetGuard.Core.Attribution;
using NetGuard.Core.Config;
using NetGuard.Core.Control;
using NetGuard.Core.Diff;
using NetGuard.Core.State;
using NetGuard.Core.Watch;

namespace NetGuard.Daemon;

/// <summary>What the daemon has been through, for whoever asks. However long it runs, it takes no more room.</summary>
/// <param name="time">Dates what happens.</param>
/// <param name="pause">Whether repairs are paused.</param>
/// <param name="sections">What other parts add to the status.</param>
public sealed class GuardState(TimeProvider time, Pause pause, IEnumerable<IStatusSection> sections)
{
    /// <summary>How many of the drifts found last are remembered.</summary>
    public const int MaxRecent = 50;

    /// <summary>How many of one check's drifts are told one by one: a flush can bring ten thousand.</summary>
    public const int MaxTold = 50;

    // Names are other people's, and there may be any number of them.
    private const int MaxCulprits = 64;
    private const string Others = "others";

    private readonly Dictionary<string, long> _culprits = new(StringComparer.Ordinal);
    private readonly LinkedList<DriftReport> _recent = [];
    private readonly Dictionary<Contended, ContentionReport> _fights = [];
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private bool _hasSettled;
    private readonly Lock _lock = new();
    private Preparation? _preparation;
    private string _configPath = "";
    private HashSet<Drift> _remaining = [];
    private ValueList<DriftReport> _present = [];
    private ValueList<string> _waiting = [];
    private ValueList<string> _failures = [];
    private GuardCondition _condition = GuardCondition.Ok;
    private DateTimeOffset _since = time.GetUtcNow();
    private DateTimeOffset? _lastCheck;
    private long _found;

    /// <summary>The daemon has something new to tell. Called on the guarding's own thread: it must cost nothing.</summary>
    public event Action? Changed;

    /// <summary>Drifts were found: the first of them, and how many more.</summary>
    public event Action<IReadOnlyList<DriftReport>, int>? Detected;

    /// <summary>Drifts were repaired: the first of them, and how many more.</summary>
    public event Action<IReadOnlyList<DriftReport>, int>? Mended;

    /// <summary>NetGuard's version.</summary>
    public static string Version { get; } = typeof(GuardState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>How long things were broken, from the kernel's notification of the break to that of the mending.</summary>
    public GapDistribution Gaps { get; } = new();

    /// <summary>Checks of the rules, each with processes.</summary>
    public long Checks { get; private set; }

    /// <summary>Drifts repaired.</summary>
    public long Repairs { get; private set; }

    /// <summary>How many drifts are left.</summary>
    public int Remaining
    {
        get
        {
            lock (_lock)
            {
                return _remaining.Count;
            }
        }
    }

    /// <summary>How things stand, in one word.</summary>
    public GuardCondition Condition
    {
        get
        {
            lock (_lock)
            {
                return Judge();
            }
        }
    }

    /// <summary>How many drifts each process is the cause of, by its name.</summary>
    public ValueList<KeyValuePair<string, long>> Culprits
    {
        get
        {
            lock (_lock)
            {
                return [.. _culprits.OrderByDescending(c => c.Value)];
            }
        }
    }

    /// <summary>All of it, to be told.</summary>
    public GuardStatus Status
    {
        get
        {
            // Not under the lock: the sections are other parts' own business.
            var others = sections.Select(section => section.Read()).OfType<StatusSection>().ToValueList();
            lock (_lock)
            {
                Judge();
                return new()
                {
                    Version = Version,
                    Mode = _preparation?.Config.Mode == GuardMode.Audit ? "audit" : "enforce",
                    State = _condition.Name(),
                    Since = _since,
                    Started = _started,
                    LastCheck = _lastCheck,
                    PausedUntil = pause.Until,
                    DriftCount = _found,
                    RepairCount = Repairs,
                    CheckCount = Checks,
                    ConnectionsCut = ConnectionsCut,
                    RulesHealed = RulesHealed,
                    Backend = _preparation?.Choice.Backend.Name() ?? "",
                    Config = _configPath,
                    Failures = _failures,
                    Drift = _present,
                    DriftLeftOut = _remaining.Count - _present.Count,
                    Recent = _recent.ToValueList(),
                    Waiting = _waiting,
                    Contention = _fights.Values.ToValueList(),
                    GapMedian = Gaps.Quantile(0.5),
                    GapP99 = Gaps.Quantile(0.99),
                    GapLongest = Gaps.Longest,
                    Sections = others,
                };
            }
        }
    }

    /// <summary>The most of it on one line, for the service manager.</summary>
    public string Line
    {
        get
        {
            lock (_lock)
            {
                var counts = string.Create(CultureInfo.InvariantCulture, $"{Judge().Name()}: {_remaining.Count} drifts now, {Repairs} repaired");
                var until = pause.Until is { } end ? $", paused until {ClockText.Of(end)}" : "";
                var failure = _failures.Count > 0 ? $"; {_failures[0]}" : "";
                return _recent.FirstOrDefault(report => report.IsRepaired) is { } last
                    ? $"{counts}{until}, the last on {ClockText.Of(last.At)}: {last.Kind} {last.Place}, by {last.By}{failure}"
                    : $"{counts}{until}{failure}";
            }
        }
    }

    /// <summary>What is guarded from now on.</summary>
    /// <param name="preparation">What.</param>
    /// <param name="configPath">Where it was declared; null for the same file as before.</param>
    public void Guards(Preparation preparation, string? configPath = null)
    {
        lock (_lock)
        {
            (_preparation, _configPath) = (preparation, configPath ?? _configPath);
        }

        Changed?.Invoke();
    }

    /// <summary>Connections cut that had been opened while a DROP was missing.</summary>
    public long ConnectionsCut { get; private set; }

    /// <summary>Rules of Docker's put back.</summary>
    public long RulesHealed { get; private set; }

    /// <summary>Counts rules of Docker's that were put back.</summary>
    public void Healed(int rules)
    {
        lock (_lock)
        {
            RulesHealed += rules;
        }

        Changed?.Invoke();
    }

    /// <summary>Counts connections that were cut.</summary>
    public void Cut(int connections)
    {
        if (connections == 0)
        {
            return;
        }

        lock (_lock)
        {
            ConnectionsCut += connections;
        }

        Changed?.Invoke();
    }

    /// <summary>Counts a check.</summary>
    public void Checked()
    {
        lock (_lock)
        {
            Checks++;
            _lastCheck = time.GetUtcNow();
        }
    }

    /// <summary>Counts a repair.</summary>
    public void Repaired(Culprit by, TimeSpan? gap)
    {
        lock (_lock)
        {
            Repairs++;
            var name = _culprits.ContainsKey(by.Name) || _culprits.Count < MaxCulprits ? by.Name : Others;
            _culprits[name] = _culprits.GetValueOrDefault(name) + 1;
        }

        if (gap is { } length)
        {
            Gaps.Add(length);
        }
    }

    /// <summary>What a check came to.</summary>
    /// <param name="repaired">What differed and does not any more.</param>
    /// <param name="remaining">What differs still.</param>
    /// <param name="waiting">What is waited for.</param>
    /// <param name="failures">Why not all could be repaired.</param>
    /// <param name="by">Who brought it about.</param>
    public void Settled(ValueList<Drift> repaired, ValueList<Drift> remaining, ValueList<Waiting> waiting, ValueList<string> failures, Attributions by)
    {
        List<DriftReport> found;
        List<DriftReport> mended;
        int newlyFound;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            // What the first check finds was there when the daemon came.
            var at = _hasSettled ? now : _started;
            _hasSettled = true;
            mended = [.. repaired.Take(MaxTold).Select(drift => Report(drift, by, at) with { IsRepaired = true, Gap = by.Gap(drift) })];
            var news = repaired.Concat(remaining).Where(drift => !_remaining.Contains(drift)).ToList();
            found = [.. news.Take(MaxTold).Select(drift => Report(drift, by, at))];
            newlyFound = news.Count;
            _found += newlyFound;
            if (remaining.Count > 0 || _remaining.Count > 0)
            {
                // What was known already keeps its hour and its culprit.
                var known = _present.ToLookup(report => report with { At = default, By = "", ByPid = 0, ByComm = "", ByCommandLine = null });
                _present = remaining.Take(MaxTold).Select(drift => Report(drift, by, at))
                    .Select(report => known[report with { At = default, By = "", ByPid = 0, ByComm = "", ByCommandLine = null }].FirstOrDefault(report)).ToValueList();
                _remaining = [.. remaining];
            }

            Remember(found, mended);
            _waiting = waiting.Take(MaxTold).Select(WaitingText.Of).ToValueList();
            _failures = failures.Take(MaxTold).ToValueList();
            _lastCheck = now;
            foreach (var about in repaired.Select(Contended.Of).Distinct().Where(_fights.ContainsKey))
            {
                _fights[about] = _fights[about] with { Rounds = _fights[about].Rounds + 1 };
            }

            Judge();
        }

        if (newlyFound > 0)
        {
            Detected?.Invoke(found, newlyFound - found.Count);
        }

        if (mended.Count > 0)
        {
            Mended?.Invoke(mended, repaired.Count - mended.Count);
        }

        Changed?.Invoke();
    }

    /// <summary>A check could not be done: what there is, is not known.</summary>
    public void Failed(string why)
    {
        lock (_lock)
        {
            _failures = [why];
            Judge();
        }

        Changed?.Invoke();
    }

    /// <summary>What a check that was asked for came to.</summary>
    /// <param name="repairsBefore">What <see cref="Repairs"/> was before it.</param>
    public ReconcileReport Report(long repairsBefore)
    {
        lock (_lock)
        {
            return new(_remaining.Count == 0 && _failures.Count == 0, (int)(Repairs - repairsBefore), _remaining.Count, _failures);
        }
    }

    /// <summary>Fights that have begun or are over.</summary>
    public void Contention(IReadOnlyList<ContentionNews> news, Func<Contended, string>? by = null)
    {
        if (news.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var one in news)
            {
                if (one.IsOver || _fights.Count >= MaxTold)
                {
                    _fights.Remove(one.About);
                }
                else
                {
                    _fights[one.About] = new(one.About.ToString(), one.Rounds, by?.Invoke(one.About) ?? Culprit.Unknown.Name);
                }
            }
        }

        Changed?.Invoke();
    }

    /// <summary>A pause has begun, changed or ended.</summary>
    public void PauseChanged() => Changed?.Invoke();

    private static DriftReport Report(Drift drift, Attributions by, DateTimeOffset now) =>
        DriftReport.Of(drift, DriftText.Place(drift), DriftText.What(drift), by.By(drift), now);

    // A drift that is repaired in the check that finds it is one line, not two; one that is repaired later turns into a repaired one.
    private void Remember(List<DriftReport> found, List<DriftReport> mended)
    {
        foreach (var report in found.Where(report => !mended.Any(one => IsSame(one, report))))
        {
            _recent.AddFirst(report);
        }

        foreach (var report in mended)
        {
            var told = report;
            for (var node = _recent.First; node is not null; node = node.Next)
            {
                if (!node.Value.IsRepaired && IsSame(node.Value, report))
                {
                    // Who it was, was seen then; now it would be forgotten.
                    told = node.Value with { IsRepaired = true, Gap = report.Gap };
                    _recent.Remove(node);
                    break;
                }
            }

            _recent.AddFirst(told);
        }

        while (_recent.Count > MaxRecent)
        {
            _recent.RemoveLast();
        }
    }

    private static bool IsSame(DriftReport one, DriftReport other) => one.Kind == other.Kind && one.Place == other.Place && one.What == other.What;

    private GuardCondition Judge()
    {
        var condition = pause.Until is not null ? GuardCondition.Paused
            : _failures.Count > 0 || _remaining.Count > 0 && _preparation?.Config.Mode != GuardMode.Audit ? GuardCondition.Degraded
            : _remaining.Count > 0 ? GuardCondition.Drifted
            : _waiting.Count > 0 ? GuardCondition.Waiting
            : GuardCondition.Ok;
        if (condition != _condition)
        {
            (_condition, _since) = (condition, time.GetUtcNow());
        }

        return condition;
    }
}
