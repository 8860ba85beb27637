using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>What the tools should make of bytes that were put in and that they were never asked about.</summary>
public sealed class RulePromises
{
    private readonly Dictionary<UInt128, Rule> _rules = [];

    /// <summary>Takes note of one.</summary>
    public void Add(ReadOnlySpan<byte> body, Rule rule) => _rules[BodyDigest.Of(body)] = rule;

    /// <summary>Whether the tools tell another rule than was promised.</summary>
    public bool AreBrokenBy(ReadOnlySpan<byte> body, Rule told) => _rules.TryGetValue(BodyDigest.Of(body), out var promised) && !promised.Equals(told);

    /// <summary>Forgets them.</summary>
    public void Clear() => _rules.Clear();
}
