using NetGuard.Core.State;

namespace NetGuard.Core.Journal;

/// <summary>One kind of thing that the daemon tells its administrator.</summary>
/// <param name="Name">NETGUARD_EVENT: words with hyphens.</param>
/// <param name="MessageId">MESSAGE_ID: 128 random bits, made once and never changed; the catalog's entry has the same.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Fields">The fields that it may carry beside these.</param>
public sealed record GuardEvent(string Name, string MessageId, Severity Severity, ValueList<string> Fields);
