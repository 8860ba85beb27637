using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>One write to a kernel setting.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Value">What is written.</param>
/// <param name="Was">What was found there; null where it was as desired.</param>
/// <param name="KeptFrom">The setting whose write comes before and overwrites this one; null where this one had drifted itself.</param>
public sealed record SysctlWrite(SysctlKey Key, string Value, string? Was, SysctlKey? KeptFrom)
{
    /// <summary>The line of the plan, as a person would type it: <c>sysctl -w net.ipv4.ip_forward=1  # was 0</c>.</summary>
    public override string ToString() =>
        $"{ShellWords.Join(["sysctl", "-w", $"{Key}={Value}"])}  # {(KeptFrom is { } from ? $"kept: writing {from} overwrites it" : $"was {Was}")}";
}
