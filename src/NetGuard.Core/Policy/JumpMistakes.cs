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

    // One letter too many, too few, wrong or swapped, or only the case.
    private static bool IsAlmost(string word, string known)
    {
        if (string.Equals(word, known, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (known.Length < 4 || Math.Abs(word.Length - known.Length) > 1)
        {
            return false;
        }

        var head = 0;
        while (head < Math.Min(word.Length, known.Length) && word[head] == known[head])
        {
            head++;
        }

        var (a, b) = (word.AsSpan(head), known.AsSpan(head));
        return (a.Length > 0 && a[1..].SequenceEqual(b))
            || (b.Length > 0 && b[1..].SequenceEqual(a))
            || (a.Length > 0 && b.Length > 0 && a[1..].SequenceEqual(b[1..]))
            || (a.Length > 1 && b.Length > 1 && a[0] == b[1] && a[1] == b[0] && a[2..].SequenceEqual(b[2..]));
    }
}
