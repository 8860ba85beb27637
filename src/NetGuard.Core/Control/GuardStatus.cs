using NetGuard.Core.State;

namespace NetGuard.Core.Control;

/// <summary>All that the daemon tells of itself. Every list in it is bounded.</summary>
public sealed record GuardStatus
{
    /// <summary>NetGuard's version.</summary>
    public string Version { get; init; } = "";

    /// <summary><c>enforce</c> or <c>audit</c>.</summary>
    public string Mode { get; init; } = "";

    /// <summary>How things stand, as <see cref="GuardConditionNames.Name"/> writes it.</summary>
    public string State { get; init; } = "";

    /// <summary>Since when they stand so.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When the daemon started.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When the tables or the settings were last checked; null before the first time.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    /// <summary>When the pause ends; null where there is none.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Drifts found since the start.</summary>
    public long DriftCount { get; init; }

    /// <summary>Drifts repaired since the start.</summary>
    public long RepairCount { get; init; }

    /// <summary>Checks since the start.</summary>
    public long CheckCount { get; init; }

    /// <summary>Connections cut since the start: opened while a declared DROP was missing, and forbidden by it.</summary>
    public long ConnectionsCut { get; init; }

    /// <summary>Rules of Docker's own put back since the start.</summary>
    public long RulesHealed { get; init; }

    /// <summary>The variant of iptables that is guarded.</summary>
    public string Backend { get; init; } = "";

    /// <summary>The configuration's file.</summary>
    public string Config { get; init; } = "";

    /// <summary>Why the last check did not come to its end, or not everything could be repaired.</summary>
    public ValueList<string> Failures { get; init; } = [];

    /// <summary>What differs now.</summary>
    public ValueList<DriftReport> Drift { get; init; } = [];

    /// <summary>How many more differ.</summary>
    public int DriftLeftOut { get; init; }

    /// <summary>The drifts found last, the latest first.</summary>
    public ValueList<DriftReport> Recent { get; init; } = [];

    /// <summary>What is waited for, in words.</summary>
    public ValueList<string> Waiting { get; init; } = [];

    /// <summary>What is fought over.</summary>
    public ValueList<ContentionReport> Contention { get; init; } = [];

    /// <summary>How long things were broken, in microseconds: the median; 0 where nothing was measured.</summary>
    public double GapMedian { get; init; }

    /// <summary>The 99th percentile.</summary>
    public double GapP99 { get; init; }

    /// <summary>The longest.</summary>
    public double GapLongest { get; init; }

    /// <summary>What else parts of the daemon have to tell.</summary>
    public ValueList<StatusSection> Sections { get; init; } = [];
}
