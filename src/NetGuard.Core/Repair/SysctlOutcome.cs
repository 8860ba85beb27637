using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>What came of a repair of the kernel settings.</summary>
/// <param name="Found">The drift before.</param>
/// <param name="Plan">The first plan; empty where there was nothing to write.</param>
/// <param name="Remaining">The drift afterwards, read back; its notes say what the kernel answered to the writes.</param>
/// <param name="Rounds">How many times a plan was written: 0 where nothing had to be, at most <see cref="SysctlRepair.MaxRounds"/>.</param>
public sealed record SysctlOutcome(ValueList<Drift> Found, SysctlPlan Plan, ValueList<Drift> Remaining, int Rounds)
{
    /// <summary>The drift that was found and is verified to be gone.</summary>
    public ValueList<Drift> Repaired =>
        Found.Where(before => Remaining.All(after => after.Sysctl != before.Sysctl)).ToValueList();
}
