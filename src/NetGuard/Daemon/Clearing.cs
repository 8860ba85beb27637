using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>Takes away what NetGuard owns.</summary>
public static class Clearing
{
    /// <summary>Removes all tagged rules, and the given chains where nobody uses them.</summary>
    /// <returns>What was done, family by family.</returns>
    /// <exception cref="XtablesException">It could not be done, or the rules are still there.</exception>
    public static async Task<ValueList<RulesetPlan>> RunAsync(
        IXtables xtables, IEnumerable<Family> families, IReadOnlySet<ChainKey> chains, CancellationToken cancel)
    {
        var done = new List<RulesetPlan>();
        foreach (var family in families)
        {
            var plan = RulesetPlan.Clearing(await xtables.ReadAsync(family, cancel).ConfigureAwait(false), chains);
            if (plan.IsEmpty)
            {
                continue;
            }

            await xtables.RestoreAsync(plan, cancel).ConfigureAwait(false);
            done.Add(plan);
            if (!RulesetPlan.Clearing(await xtables.ReadAsync(family, cancel).ConfigureAwait(false), chains).IsEmpty)
            {
                throw new XtablesException($"{family.Tool()} reports success, but rules of NetGuard are still there: run it again");
            }
        }

        return done.ToValueList();
    }
}
