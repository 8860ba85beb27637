namespace NetGuard.Core.Config.Rules;

/// <summary>Something in a rule's text that must not reach iptables.</summary>
/// <param name="Offset">The index of the character where it begins.</param>
/// <param name="Message">What is wrong, and what to write instead.</param>
internal readonly record struct RuleFault(int Offset, string Message);
