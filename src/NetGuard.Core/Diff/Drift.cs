using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>In what way something differs from what was declared. The words are part of the contract.</summary>
public enum DriftKind
{
    /// <summary>A desired rule is nowhere in its chain.</summary>
    Missing,

    /// <summary>A desired rule is in its chain, but not where it should stand.</summary>
    Misplaced,

    /// <summary>A rule with NetGuard's tag says something else than what was declared under that name.</summary>
    Altered,

    /// <summary>NetGuard's rule stands more often than it was declared, or beside an equal one of somebody else's.</summary>
    Duplicate,

    /// <summary>A rule carries NetGuard's tag and is not wanted any more.</summary>
    Stale,

    /// <summary>Somebody else's rule stands in an exclusive chain.</summary>
    Foreign,

    /// <summary>The chain is full of rules that no packet gets to, or all chains of the table are.</summary>
    Unreachable,

    /// <summary>The chain's policy is another.</summary>
    Policy,

    /// <summary>The chain does not exist.</summary>
    ChainMissing,

    /// <summary>A kernel setting has another value.</summary>
    Sysctl,

    /// <summary>The kernel does not have what was declared: a setting without its module, a rule's ipset.</summary>
    Unavailable,

    /// <summary>The state could not be read. What it is, nobody knows; it is not taken for empty.</summary>
    Unreadable,
}

/// <summary>How a kind of drift is written.</summary>
public static class DriftKindNames
{
    /// <summary>The word in the log, in JSON and in metrics: <c>chain-missing</c>.</summary>
    public static string Name(this DriftKind kind) =>
        kind == DriftKind.ChainMissing ? "chain-missing" : kind.ToString().ToLowerInvariant();
}

/// <summary>One difference between what was declared and what is.</summary>
/// <param name="Kind">In what way.</param>
public sealed record Drift(DriftKind Kind)
{
    /// <summary>The family; null for settings that belong to none.</summary>
    public Family? Family { get; init; }

    /// <summary>The chain, where a chain or a rule is meant.</summary>
    public ChainKey? Chain { get; init; }

    /// <summary>The table: that of the chain, or a table as a whole.</summary>
    public TableName? Table
    {
        get => Chain?.Table ?? field;
        init;
    }

    /// <summary>The rule's name, where a desired or an owned rule is meant.</summary>
    public string? Rule { get; init; }

    /// <summary>The kernel setting, where one is meant.</summary>
    public SysctlKey? Sysctl { get; init; }

    /// <summary>What was declared.</summary>
    public string? Expected { get; init; }

    /// <summary>What is there.</summary>
    public string? Actual { get; init; }

    /// <summary>What else the reader should know: why it is drift, or what will undo the repair. One line, or null.</summary>
    public string? Note { get; init; }
}
