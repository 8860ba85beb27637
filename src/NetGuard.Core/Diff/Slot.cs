using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>One place in a chain as it should become: a desired rule, a rule that stays, or both.</summary>
/// <param name="Desired">The desired rule that belongs here; null where somebody else's rule just stays.</param>
/// <param name="Live">The rule of the kernel that stands here and stays; null where one must be inserted.</param>
public readonly record struct Slot(DesiredRule? Desired, Rule? Live)
{
    /// <summary>The rule that will stand here.</summary>
    public Rule Rule => Live ?? Desired!.Rule;
}
