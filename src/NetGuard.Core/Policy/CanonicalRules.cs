using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>What one family's kernel and tools made of the declared rules.</summary>
/// <param name="Family">The family.</param>
/// <param name="Accepted">The kernel's form by declaration. One declaration may become several rules: <c>-s A,B</c>.</param>
/// <param name="Refused">The tool's words by declaration.</param>
public sealed record CanonicalRules(
    Family Family, IReadOnlyDictionary<RuleConfig, ValueList<Rule>> Accepted, IReadOnlyDictionary<RuleConfig, string> Refused);
