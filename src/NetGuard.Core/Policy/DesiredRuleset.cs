using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>What should hold in one chain.</summary>
/// <param name="Key">The chain.</param>
public sealed record DesiredChain(ChainKey Key)
{
    /// <summary>The policy; null to leave it.</summary>
    public ChainPolicy? Policy { get; init; }

    /// <summary>The rules that the chain begins with.</summary>
    public ValueList<DesiredRule> Top { get; init; } = [];

    /// <summary>The rules that the chain ends with.</summary>
    public ValueList<DesiredRule> Bottom { get; init; } = [];

    /// <summary>Whether other rules are drift.</summary>
    public bool Exclusive { get; init; }
}

/// <summary>What should hold in the tables of one family.</summary>
/// <param name="Family">The family.</param>
/// <param name="Chains">The guarded chains.</param>
public sealed record DesiredRuleset(Family Family, ValueList<DesiredChain> Chains);
