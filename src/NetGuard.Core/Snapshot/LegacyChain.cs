using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>A chain of iptables-legacy, told by digests. Two are equal where their digests are.</summary>
/// <param name="Digest">Of all that it is.</param>
/// <param name="Policy">The policy of a built-in chain; null on a user-made one.</param>
/// <param name="Rules">Of each rule from the first to the last: the same for the same rule, wherever it stands.</param>
public sealed record LegacyChain(ulong Digest, ChainPolicy? Policy, ulong[] Rules)
{
    /// <summary>Stands for a rule whose bytes do not tell all that it is.</summary>
    public const ulong Unknowable = 0;

    /// <inheritdoc/>
    public bool Equals(LegacyChain? other) => other?.Digest == Digest;

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();
}
