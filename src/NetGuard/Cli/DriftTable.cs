using NetGuard.Core.Diff;
using NetGuard.Core.State;
using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary>Drifts in columns.</summary>
internal static class DriftTable
{
    public static void Write(ValueList<Drift> drifts) => Terminal.WriteTable(
        ["KIND", "FAMILY", "CHAIN", "RULE", "WHAT"],
        [.. drifts.Select(drift => (string[])
            [drift.Kind.Name(), drift.Family?.Name() ?? "-", drift.Chain?.ToString() ?? DriftText.Table(drift) ?? drift.Sysctl?.ToString() ?? "-", drift.Rule ?? "-", DriftText.What(drift)])]);
}
