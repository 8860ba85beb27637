using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>Puts the kernel settings right and makes sure of it.</summary>
public static class SysctlRepair
{
    /// <summary>How often a plan is made and written: more than once only where a write moved something that
    /// <see cref="SysctlCoupling"/> does not know, or was refused until another one was done (ip_local_port_range before
    /// ip_unprivileged_port_start).</summary>
    public const int MaxRounds = 3;

    /// <summary>Writes what drifted, reads everything back, and does so again while that gets nearer. Does not throw for what the
    /// kernel refuses: that is in the outcome.</summary>
    public static SysctlOutcome Run(ISysctls sysctls, ValueList<SysctlConfig> desired, SysctlFileSet files)
    {
        var found = SysctlDrift.Between(desired, sysctls.Read, files);
        var plan = SysctlPlan.For(desired, found);
        var (drift, next, refusals, rounds) = (found, plan, new Dictionary<SysctlKey, string>(), 0);
        while (rounds < MaxRounds && !next.IsEmpty)
        {
            refusals = Write(sysctls, next);
            rounds++;
            var before = drift;
            drift = SysctlDrift.Between(desired, sysctls.Read, files);
            if (drift == before)
            {
                break;
            }

            next = SysctlPlan.For(desired, drift);
        }

        return new(found, plan, drift.Select(d => WithAnswer(d, refusals, rounds)).ToValueList(), rounds);
    }

    private static Dictionary<SysctlKey, string> Write(ISysctls sysctls, SysctlPlan plan)
    {
        var refusals = new Dictionary<SysctlKey, string>();
        foreach (var write in plan.Writes)
        {
            try
            {
                sysctls.Write(write.Key, write.Value);
            }
            catch (IOException e)
            {
                // One refusal does not keep the others from being repaired.
                refusals[write.Key] = e.Message;
            }
        }

        return refusals;
    }

    private static Drift WithAnswer(Drift drift, Dictionary<SysctlKey, string> refusals, int rounds) =>
        drift.Sysctl is not { } key || drift.Kind != DriftKind.Sysctl ? drift
        : refusals.TryGetValue(key, out var refusal) ? drift with { Note = Join(refusal, drift.Note) }
        : rounds > 0 && drift.Note is null ? drift with { Note = $"{key}: written, and {drift.Actual} was read back" }
        : drift;

    private static string Join(string first, string? second) => second is null ? first : $"{first}; {second}";
}
