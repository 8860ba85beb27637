using NetGuard.Core.Netlink;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>Says a repair plan in the kernel's own words. What it does is what iptables-restore would do with the same plan.</summary>
public static class PlanBatch
{
    /// <summary>Makes one batch of all steps.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actual">What the plan was made for.</param>
    /// <param name="bodyOf">Knows the bytes of the rules that are to come; null where it does not.</param>
    /// <returns>Null where a step cannot be said exactly: then iptables-restore has to do it.</returns>
    public static NftBatch? Of(RulesetPlan plan, KnownRuleset actual, Func<Rule, byte[]?> bodyOf)
    {
        var batch = new NftBatch(actual.Generation);
        var made = new HashSet<ChainKey>();

        // First the chains, as in the plan: rules of any other may jump to them.
        foreach (var create in plan.Steps.OfType<CreateChain>())
        {
            if (create.Key.IsBuiltin || actual.Chains.ContainsKey(create.Key) || !actual.Chains.Keys.Any(key => key.Table == create.Key.Table))
            {
                return null;
            }

            batch.CreateChain(plan.Family, create.Key);
            made.Add(create.Key);
        }

        foreach (var steps in plan.Steps.Where(step => step is not CreateChain).GroupBy(step => step.Key))
        {
            var chain = made.Contains(steps.Key) ? new(new(steps.Key.Chain, null, []), []) : actual.Chains.GetValueOrDefault(steps.Key);
            if (chain is null || !new ChainBatch(plan.Family, steps.Key, chain, bodyOf, batch).TryWrite([.. steps]))
            {
                return null;
            }
        }

        foreach (var one in plan.Switches)
        {
            batch.SetDormant(plan.Family, one.Table, one.Dormant);
        }

        return batch.Count > 0 ? batch : null;
    }

    private sealed class ChainBatch(Family family, ChainKey key, KnownChain chain, Func<Rule, byte[]?> bodyOf, NftBatch batch)
    {
        private readonly bool[] _leaves = new bool[chain.Handles.Length];
        private Dictionary<string, Queue<int>>? _byText;

        public bool TryWrite(List<RepairStep> steps)
        {
            var next = 0;
            if (steps[0] is EmptyChain)
            {
                next++;
                Array.Fill(_leaves, true);
                foreach (var handle in chain.Handles)
                {
                    batch.DeleteRule(family, key, handle);
                }
            }

            while (next < steps.Count && steps[next] is DeleteRule delete)
            {
                if (!TryDelete(delete.Rule))
                {
                    return false;
                }

                next++;
            }

            if (!TryInsert(steps, ref next))
            {
                return false;
            }

            for (; next < steps.Count && steps[next] is AppendRule append; next++)
            {
                if (bodyOf(append.Rule) is not { } body)
                {
                    return false;
                }

                batch.AppendRule(family, key, body);
            }

            if (next < steps.Count && steps[next] is SetPolicy { Policy: var policy } && chain.Chain.Policy is not null)
            {
                batch.SetPolicy(family, key, policy);
                next++;
            }

            return next == steps.Count;
        }

        // The places are those of the chain as it becomes, from its beginning to its end.
        private bool TryInsert(List<RepairStep> steps, ref int next)
        {
            var staying = Enumerable.Range(0, chain.Handles.Length).Where(i => !_leaves[i]).ToList();
            var (passed, length) = (0, 0);
            while (next < steps.Count && steps[next] is InsertRule { Position: var position })
            {
                var stayingBefore = position - 1 - length;
                passed += stayingBefore;
                if (stayingBefore < 0 || passed > staying.Count || (stayingBefore == 0 && length > 0))
                {
                    return false;
                }

                // Several at one place stand the other way round: each goes before the one that came before it.
                for (length = position - 1; next < steps.Count && steps[next] is InsertRule insert && insert.Position == position; next++, length++)
                {
                    if (bodyOf(insert.Rule) is not { } body)
                    {
                        return false;
                    }

                    if (passed == 0)
                    {
                        batch.InsertRule(family, key, body);
                    }
                    else
                    {
                        batch.InsertRuleBehind(family, key, chain.Handles[staying[passed - 1]], body);
                    }
                }
            }

            return true;
        }

        private bool TryDelete(Rule rule)
        {
            _byText ??= Enumerable.Range(0, chain.Handles.Length).GroupBy(i => chain.Chain.Rules[i].Text, StringComparer.Ordinal)
                .ToDictionary(same => same.Key, same => new Queue<int>(same), StringComparer.Ordinal);
            if (!_byText.TryGetValue(rule.Text, out var queue) || !queue.TryDequeue(out var first))
            {
                return false;
            }

            _leaves[first] = true;
            batch.DeleteRule(family, key, chain.Handles[first]);
            return true;
        }
    }
}
