using NetGuard.Core.Netlink;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>
/// The answer to what is done most: rules were taken out of chains in which all was well, or a policy was set. Each of NetGuard's own goes
/// back to where it stood. It is what a plan would come to, without making one: that would take too long.
/// </summary>
public static class PromptBatch
{
    // Each of these is compared with all that are declared, unless the chain is empty now.
    private const int Few = 16;

    /// <summary>Makes the answer to one commit.</summary>
    /// <param name="desired">What is declared.</param>
    /// <param name="before">What was there before the commit, and was as declared.</param>
    /// <param name="commit">What was told of the commit.</param>
    /// <param name="made">The generation that it made.</param>
    /// <param name="bodyOf">Knows the bytes of the rules that are to come; null where it does not.</param>
    /// <returns>Null where there is nothing to do, or where it takes a plan.</returns>
    public static NftBatch? Of(DesiredRuleset desired, KnownRuleset before, NftTransaction commit, uint made, Func<Rule, byte[]?> bodyOf)
    {
        if (!commit.IsPlain)
        {
            return null;
        }

        var batch = new NftBatch(made);
        foreach (var touch in commit.Touches)
        {
            if (touch.Family != before.Family)
            {
                continue;
            }

            if (touch.Chain is not { } key || !before.Chains.TryGetValue(key, out var chain) || !TryAnswer(desired, key, chain, commit, bodyOf, batch))
            {
                return null;
            }
        }

        return batch.Count > 0 ? batch : null;
    }

    private static bool TryAnswer(DesiredRuleset desired, ChainKey key, KnownChain chain, NftTransaction commit, Func<Rule, byte[]?> bodyOf, NftBatch batch)
    {
        var gone = new HashSet<ulong>();
        foreach (var (touched, handle) in commit.Removed)
        {
            if (touched.Family == desired.Family && touched.Chain == key)
            {
                gone.Add(handle);
            }
        }

        var declared = Declared(desired, key);
        return (gone.Count == 0 || (declared is not null && TryRules(key, chain, declared, gone, bodyOf, (desired.Family, batch))))
            && TryPolicy(key, chain, declared, commit, (desired.Family, batch));
    }

    private static bool TryRules(
        ChainKey key, KnownChain chain, DesiredChain declared, HashSet<ulong> gone, Func<Rule, byte[]?> bodyOf, (Family Family, NftBatch Batch) answer)
    {
        var rules = chain.Chain.Rules;
        var isEmpty = gone.Count == rules.Count;
        if ((gone.Count > Few && !isEmpty) || !IsPlain(rules, declared))
        {
            return false;
        }

        var found = 0;
        var (behind, back) = (0UL, new List<byte[]>());
        for (var i = 0; i < rules.Count; i++)
        {
            if (!gone.Contains(chain.Handles[i]))
            {
                Insert(key, behind, back, answer);
                behind = chain.Handles[i];
                continue;
            }

            found++;
            if (rules[i].IsOwned ? !isEmpty && IsThereTwice(rules[i], declared) : !isEmpty || MayAccept(rules[i]))
            {
                return false; // Another may have to stand for it; or a stranger's rule made a difference.
            }

            if (rules[i].IsOwned)
            {
                if (bodyOf(rules[i]) is not { } body)
                {
                    return false;
                }

                back.Add(body);
            }
        }

        foreach (var body in back)
        {
            answer.Batch.AppendRule(answer.Family, key, body);
        }

        return found == gone.Count;
    }

    // First the top, then strangers' rules, then the bottom, each rule under its own name; not so where one had to be lifted.
    private static bool IsPlain(ValueList<Rule> rules, DesiredChain declared)
    {
        var (top, bottom) = (declared.Top, declared.Bottom);
        var strangers = rules.Count - top.Count - bottom.Count;
        if (strangers < 0 || (declared.Exclusive && strangers > 0))
        {
            return false;
        }

        for (var i = 0; i < rules.Count; i++)
        {
            var wanted = i < top.Count ? top[i] : i >= top.Count + strangers ? bottom[i - top.Count - strangers] : null;
            if (wanted is null ? rules[i].IsOwned : rules[i].Text != wanted.Rule.Text)
            {
                return false;
            }
        }

        return true;
    }

    // Where it was, and is not any more, the way to DOCKER-USER may be another one (Reachability).
    private static bool MayAccept(Rule rule) =>
        rule.IsOpaque || rule is { Target: { } target and not "RETURN" } && !Targets.Refuses(target) && !Targets.LetsPass(target);

    private static bool IsThereTwice(Rule rule, DesiredChain declared) =>
        declared.Top.Count(other => other.Rule.Body == rule.Body) + declared.Bottom.Count(other => other.Rule.Body == rule.Body) > 1;

    // Several at one place come the other way round: each goes before the one that came before it.
    private static void Insert(ChainKey key, ulong behind, List<byte[]> back, (Family Family, NftBatch Batch) answer)
    {
        for (var i = back.Count - 1; i >= 0; i--)
        {
            if (behind == 0)
            {
                answer.Batch.InsertRule(answer.Family, key, back[i]);
            }
            else
            {
                answer.Batch.InsertRuleBehind(answer.Family, key, behind, back[i]);
            }
        }

        back.Clear();
    }

    private static bool TryPolicy(ChainKey key, KnownChain chain, DesiredChain? declared, NftTransaction commit, (Family Family, NftBatch Batch) answer)
    {
        ChainPolicy? now = null;
        foreach (var (of, policy) in commit.Policies)
        {
            now = of.Family == answer.Family && of.Chain == key ? policy : now;
        }

        if (now is not null && chain.Chain.Policy is null)
        {
            return false; // It is not the chain that was known.
        }

        if (now is not null && declared?.Policy is { } wanted && wanted != now)
        {
            answer.Batch.SetPolicy(answer.Family, key, wanted);
        }

        return true;
    }

    private static DesiredChain? Declared(DesiredRuleset desired, ChainKey key)
    {
        foreach (var chain in desired.Chains)
        {
            if (chain.Key == key)
            {
                return chain;
            }
        }

        return null;
    }
}
