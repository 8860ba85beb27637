using NetGuard.Core.Attribution;
using NetGuard.Core.State;
using NetGuard.Core.Watch;

namespace NetGuard.Daemon;

/// <summary>What the daemon has been through, for whoever asks.</summary>
public sealed class GuardState
{
    // Names are other people's, and there may be any number of them.
    private const int MaxCulprits = 64;
    private const string Others = "others";

    private readonly Dictionary<string, long> _culprits = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>How long things were broken, from the kernel's notification of the break to that of the mending.</summary>
    public GapDistribution Gaps { get; } = new();

    /// <summary>Checks of the rules, each with processes.</summary>
    public long Checks { get; private set; }

    /// <summary>Drifts repaired.</summary>
    public long Repairs { get; private set; }

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
    }

    /// <summary>Counts connections that were cut.</summary>
    public void Cut(int connections)
    {
        lock (_lock)
        {
            ConnectionsCut += connections;
        }
    }

    /// <summary>Counts a check.</summary>
    public void Checked()
    {
        lock (_lock)
        {
            Checks++;
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
}
