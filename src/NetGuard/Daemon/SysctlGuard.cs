using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>The kernel settings' part of a check.</summary>
/// <param name="sysctls">The settings.</param>
/// <param name="files">Reads the files that set them at boot; asked only when something drifted.</param>
public sealed class SysctlGuard(ISysctls sysctls, Func<SysctlFileSet> files)
{
    /// <summary>Says what differs and what would be written.</summary>
    public (ValueList<Drift> Drifts, SysctlPlan Plan) Assess(ValueList<SysctlConfig> desired)
    {
        var drifts = SysctlDrift.Between(desired, sysctls.Read, SysctlFileSet.Empty);
        return drifts.Count == 0
            ? (drifts, new([]))
            : (SysctlDrift.Between(desired, sysctls.Read, files()), SysctlPlan.For(desired, drifts));
    }

    /// <summary>Writes what differs and reads it back.</summary>
    public Outcome Repair(ValueList<SysctlConfig> desired)
    {
        if (SysctlDrift.Between(desired, sysctls.Read, SysctlFileSet.Empty).Count == 0)
        {
            return new([], [], [], []);
        }

        var outcome = SysctlRepair.Run(sysctls, desired, files());
        return new(outcome.Repaired, outcome.Remaining, [], [.. outcome.Remaining.Where(d => d.Kind == DriftKind.Sysctl).Select(d => $"{d.Sysctl} stays {d.Actual}: {d.Note ?? "the kernel took the value and does not show it"}")]);
    }
}
