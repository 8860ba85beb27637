using NetGuard.Core.Config;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Xtables;

/// <summary>A place where rules can be loaded to see what the kernel makes of them.</summary>
internal interface ITrial : IDisposable
{
    /// <summary>Makes the ipsets that rules name, empty: the set match looks for them, and at their family, when a rule is loaded.</summary>
    /// <exception cref="XtablesException">There is no ipset tool, or it fails.</exception>
    Task StubSetsAsync(IReadOnlyDictionary<string, Family> sets, CancellationToken cancel);

    /// <summary>Loads rules together.</summary>
    /// <returns>The kernel's form of each, or the tool's refusal.</returns>
    /// <exception cref="XtablesException">What was loaded cannot be read back.</exception>
    Task<TrialResult> TryAsync(IReadOnlyList<RuleDraft> drafts, CancellationToken cancel);
}

/// <summary>What came of a trial.</summary>
/// <param name="Forms">The kernel's form of each rule; null where the tool refused.</param>
/// <param name="Refusal">Why it refused; null where it took the rules.</param>
/// <param name="Suspect">The rule on the line that the tool names; null where it names none.</param>
internal sealed record TrialResult(IReadOnlyDictionary<RuleConfig, ValueList<Rule>>? Forms, XtablesException? Refusal, RuleDraft? Suspect);
