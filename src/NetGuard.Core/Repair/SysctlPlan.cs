using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>The writes that put the kernel settings right, in the order in which none undoes another.</summary>
/// <param name="Writes">The writes.</param>
public sealed record SysctlPlan(ValueList<SysctlWrite> Writes)
{
    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => Writes.Count == 0;

    /// <summary>Makes the plan. Global switches come first, then conf.all and conf.default, then the interfaces; a desired setting
    /// that one of those writes overwrites is written after it although it had not drifted.</summary>
    /// <param name="desired">What was declared. Of two that want different things of one switch the first counts, so that they do not
    /// chase each other.</param>
    /// <param name="drift">What <see cref="SysctlDrift"/> found; settings that are absent or unreadable are not written.</param>
    public static SysctlPlan For(ValueList<SysctlConfig> desired, ValueList<Drift> drift)
    {
        var found = drift.Where(d => d.Sysctl is not null).DistinctBy(d => d.Sysctl).ToDictionary(d => d.Sysctl!.Value);
        var writes = new List<SysctlWrite>();
        foreach (var want in desired.DistinctBy(c => SysctlCoupling.Usual(c.Key)).OrderBy(c => SysctlCoupling.Rank(c.Key)))
        {
            var drifted = found.GetValueOrDefault(want.Key);
            if (drifted is null && writes.Find(w => SysctlCoupling.Overwrites(w.Key, want.Key)) is { } over)
            {
                writes.Add(new(want.Key, SysctlValue.Normalise(want.Value), null, over.Key));
            }
            else if (drifted?.Kind == DriftKind.Sysctl)
            {
                writes.Add(new(want.Key, SysctlValue.Normalise(want.Value), drifted.Actual, null));
            }
        }

        return new(writes.ToValueList());
    }

    /// <summary>One line per write.</summary>
    public override string ToString() => string.Join('\n', Writes);
}
