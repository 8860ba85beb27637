using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>The families that something may be declared for.</summary>
/// <param name="families">The families.</param>
/// <param name="reason">Why no other: <c>families: [ipv4]</c> at its place.</param>
/// <param name="mistakes">Where mistakes go.</param>
internal sealed class FamilyScope(IReadOnlyList<Family> families, string reason, Mistakes mistakes)
{
    /// <summary>The families.</summary>
    public IReadOnlyList<Family> Families { get; } = families;

    /// <summary>Whether a family is one of them; reported where it is not.</summary>
    public bool Holds(Family family, SourceLocation at)
    {
        if (!Families.Contains(family))
        {
            mistakes.Add(at, $"{family.Name()} is not guarded here ({reason})");
            return false;
        }

        return true;
    }

    /// <summary>One of the families, for a chain that is guarded in no other.</summary>
    public FamilyScope Only(Family family, SourceLocation at) => new([family], $"the chain's family is {family.Name()} at {at}", mistakes);
}
