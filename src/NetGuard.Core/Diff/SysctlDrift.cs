using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Finds the kernel settings that are not as declared.</summary>
public static class SysctlDrift
{
    /// <summary>Compares. Every difference is one drift, in the order of the declarations.</summary>
    /// <param name="desired">What was declared.</param>
    /// <param name="actual">What the kernel has. Besides the desired settings it is asked for others, to tell why one is absent.</param>
    /// <param name="files">What will be set at boot.</param>
    public static ValueList<Drift> Between(
        ValueList<SysctlConfig> desired, Func<SysctlKey, SysctlReading> actual, SysctlFileSet files)
    {
        var drift = new List<Drift>();
        foreach (var want in desired)
        {
            var value = SysctlValue.Normalise(want.Value);
            var reading = actual(want.Key);
            if (reading.Value is { } found && SysctlValue.Normalise(found) == value)
            {
                continue;
            }

            var kind = reading.IsAbsent ? DriftKind.Unavailable
                : reading.Failure is not null ? DriftKind.Unreadable
                : DriftKind.Sysctl;
            drift.Add(new(kind)
            {
                Family = want.Key.Family,
                Sysctl = want.Key,
                Expected = value,
                Actual = reading.Value,
                Note = kind switch
                {
                    DriftKind.Unavailable => WhyAbsent(want.Key, actual),
                    DriftKind.Unreadable => reading.Failure,
                    _ => Rival(want, desired) ?? Undone(want.Key, files.Undoing(want.Key, value)),
                },
            });
        }

        return drift.ToValueList();
    }

    private static string? Rival(SysctlConfig want, ValueList<SysctlConfig> desired)
    {
        foreach (var other in desired)
        {
            if (SysctlCoupling.Usual(other.Key) == SysctlCoupling.Usual(want.Key) && !SysctlValue.Agree(other.Value, want.Value))
            {
                return $"{other.At} wants {other.Key} = {other.Value}, which is the same switch";
            }
        }

        return null;
    }

    private static string? Undone(SysctlKey key, SysctlFileSetting? by) =>
        by is null ? null
        : by.Key == key ? $"{by.Place} sets {by.Value} and will undo this at the next boot"
        : $"{by.Place} sets {by.Key} = {by.Value}, which decides this too, and will undo this at the next boot";

    private static string WhyAbsent(SysctlKey key, Func<SysctlKey, SysctlReading> actual)
    {
        var path = key.RelativePath;
        if (path.StartsWith("net/bridge/", StringComparison.Ordinal))
        {
            return IsAbsent("net/bridge/bridge-nf-call-iptables")
                ? "the kernel module br_netfilter is not loaded: modprobe br_netfilter" : "this kernel has no such setting";
        }

        if (path.StartsWith("net/", StringComparison.Ordinal) && path.Contains("/nf_conntrack", StringComparison.Ordinal))
        {
            return IsAbsent("net/netfilter/nf_conntrack_max")
                ? "the kernel module nf_conntrack is not loaded: modprobe nf_conntrack" : "this kernel has no such setting";
        }

        if (key.Family == Family.Ipv6 && IsAbsent("net/ipv6/conf/all/forwarding"))
        {
            return "this kernel runs without IPv6 (ipv6.disable=1, or the module ipv6 is not loaded)";
        }

        return InterfaceSysctl.Of(key) switch
        {
            { IsCommon: false, Interface: var name, Family: var family } when IsAbsent($"net/{family.Name()}/conf/{name}/forwarding") =>
                family == Family.Ipv4 || IsAbsent($"net/ipv4/conf/{name}/forwarding")
                    ? $"there is no interface {name}" : $"the interface {name} has no IPv6",
            _ => "this kernel has no such setting",
        };

        bool IsAbsent(string other) => actual(SysctlKey.Parse(other)).IsAbsent;
    }
}
