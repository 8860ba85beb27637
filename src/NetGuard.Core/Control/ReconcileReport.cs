using NetGuard.Core.State;

namespace NetGuard.Core.Control;

/// <summary>What came of a check that somebody asked for.</summary>
/// <param name="InSync">Whether all that was declared holds.</param>
/// <param name="Repaired">How many drifts it repaired.</param>
/// <param name="Remaining">How many are left.</param>
/// <param name="Failures">Why, in the tools' words.</param>
public sealed record ReconcileReport(bool InSync, int Repaired, int Remaining, ValueList<string> Failures);
