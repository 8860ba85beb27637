using System.Text;
using NetGuard.Core.Diff;

namespace NetGuard.Daemon;

/// <summary>A drift in one line for people.</summary>
public static class DriftText
{
    /// <summary>Where: <c>ipv4 DOCKER-USER only-8.8.8.8</c> or <c>net.ipv4.ip_forward</c>.</summary>
    public static string Place(Drift drift) => drift.Sysctl is { } key
        ? key.ToString()
        : string.Join(' ', new[] { drift.Family is { } family ? Core.State.FamilyNames.Name(family) : null, drift.Chain?.ToString() ?? Table(drift), drift.Rule }.Where(part => part is not null));

    /// <summary>The table, where one as a whole is meant: <c>table filter</c>; null where none is.</summary>
    public static string? Table(Drift drift) => drift is { Chain: null, Table: { } table } ? $"table {table}" : null;

    /// <summary>What: expected and actual, as far as each is known.</summary>
    public static string What(Drift drift)
    {
        var text = new StringBuilder(drift switch
        {
            { Kind: DriftKind.ChainMissing } => "the chain does not exist",
            { Kind: DriftKind.Unreachable } => drift.Actual,
            { Kind: DriftKind.Missing } => drift.Expected,
            { Kind: DriftKind.Misplaced } => $"{drift.Expected}: {drift.Actual}",
            { Expected: { } expected, Actual: { } actual } => $"is {actual}, should be {expected}",
            { Expected: { } expected } => expected,
            { Actual: { } actual } => actual,
            _ => "",
        });
        if (drift.Note is { } note)
        {
            text.Append(text.Length > 0 ? $" ({note})" : note);
        }

        return text.ToString();
    }
}
