using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>Finds targets that are spelt almost right. Else <c>-j DORP</c> would be taken for a chain that is yet to come, and waited for.</summary>
public static class JumpMistakes
{
    /// <summary>One mistake for each rule with such a target.</summary>
    public static IEnumerable<ConfigMistake> Of(GuardConfig config)
    {
        var declared = config.Chains.Select(chain => chain.Key).ToHashSet();
        return from chain in config.Chains
               from rule in chain.Rules
               let target = new RuleDraft(chain.Key, rule).Target
               where target is not null && Targets.IsChain(target)
               where ChainName.Fault(target) is null && !new ChainName(target).IsDockerMade && !declared.Contains(new(chain.Key.Table, new(target)))
               let meant = Targets.Known.FirstOrDefault(known => IsAlmost(target, known))
               where meant is not null
               select new ConfigMistake(rule.At, $"there is no target {target} (did you mean {meant}? a chain of that name would have to be declared under chains:)");
    }

    // One slip of the fingers, or only the case. Short words are too near to each other to tell: LOGS may well be a chain.
    private static bool IsAlmost(string word, string known) =>
        Spelling.Distance(word.ToUpperInvariant(), known.ToUpperInvariant()) <= (known.Length < 4 ? 0 : 1);
}
