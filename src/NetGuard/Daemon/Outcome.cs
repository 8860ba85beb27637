using NetGuard.Core.Diff;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What differs, and what would be done about it.</summary>
/// <param name="Drifts">The differences.</param>
/// <param name="Waiting">What cannot be enforced yet.</param>
/// <param name="Rulesets">The plans for the tables.</param>
/// <param name="Sysctls">The plan for the kernel settings.</param>
public sealed record Assessment(
    ValueList<Drift> Drifts, ValueList<Waiting> Waiting, ValueList<RulesetPlan> Rulesets, SysctlPlan Sysctls)
{
    /// <summary>The plan, line by line, as a person would type it.</summary>
    /// <param name="variant">What the names of iptables' tools end in.</param>
    public IEnumerable<string> PlanLines(string variant) =>
        [.. Rulesets.SelectMany(plan => plan.Commands(variant)), .. Sysctls.Writes.Select(write => write.ToString())];
}

/// <summary>What a reconcile came to.</summary>
/// <param name="Repaired">What differed and has been read back as it should be.</param>
/// <param name="Remaining">What differs still.</param>
/// <param name="Waiting">What cannot be enforced yet.</param>
/// <param name="Failures">Why not all could be repaired, in the tools' words.</param>
public sealed record Outcome(ValueList<Drift> Repaired, ValueList<Drift> Remaining, ValueList<Waiting> Waiting, ValueList<string> Failures)
{
    /// <summary>How long it took from the first read to the last verified one.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Of what remains, what had been put right and was undone before it could be read back.</summary>
    public ValueList<Drift> Undone { get; init; } = [];

    /// <summary>Whether all that was declared holds now. What is waited for does not count against it.</summary>
    public bool InSync => Remaining.Count == 0;

    /// <summary>Both together.</summary>
    public Outcome With(Outcome other) =>
        new([.. Repaired, .. other.Repaired], [.. Remaining, .. other.Remaining], [.. Waiting, .. other.Waiting], [.. Failures, .. other.Failures]) { Undone = [.. Undone, .. other.Undone] };
}
