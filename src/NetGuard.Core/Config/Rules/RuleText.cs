using NetGuard.Core.State;

namespace NetGuard.Core.Config.Rules;

/// <summary>A rule's text after the check.</summary>
/// <param name="Text">The text for iptables-restore, on one line and quoted as it reads it; null where there is a fault.</param>
/// <param name="Faults">What is wrong, from left to right.</param>
/// <param name="Addressed">The family of the addresses in it; null where there is none.</param>
/// <param name="AddressOffset">Where the first address begins.</param>
internal sealed record RuleText(string? Text, IReadOnlyList<RuleFault> Faults, Family? Addressed = null, int AddressOffset = 0)
{
    /// <summary>A text with one fault.</summary>
    public static RuleText Wrong(int offset, string message) => new(null, [new(offset, message)]);
}
