using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Something that was declared and cannot be yet, through nobody's fault. It is enforced as soon as it can be.</summary>
/// <param name="Family">The family.</param>
/// <param name="Chain">The chain it is declared for.</param>
/// <param name="Rule">The rule that waits; null where the whole chain does.</param>
/// <param name="For">The chain that is waited for.</param>
public sealed record Waiting(Family Family, ChainKey Chain, string? Rule, ChainKey For);
