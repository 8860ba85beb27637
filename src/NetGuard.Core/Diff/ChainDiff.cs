using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>How one chain differs from what it should be.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Exists">Whether it is there.</param>
/// <param name="Live">Its rules now.</param>
/// <param name="Wanted">Its rules as they should become.</param>
/// <param name="Filled">For each rule of <paramref name="Live"/> the slot of <paramref name="Wanted"/> that it fills; -1 where it goes.</param>
/// <param name="Policy">The policy that must be set; null where it is right or left alone.</param>
public sealed record ChainDiff(
    ChainKey Key, bool Exists, IReadOnlyList<Rule> Live, IReadOnlyList<Slot> Wanted, int[] Filled, ChainPolicy? Policy)
{
    /// <summary>Whether there is nothing in the chain but what was declared, or what is to go.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>Whether the chain is as it should be.</summary>
    public bool IsEmpty => Exists && Policy is null && Live.Count == Wanted.Count && !Filled.Contains(-1);
}
