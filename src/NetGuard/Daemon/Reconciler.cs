using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>Compares the kernel with what was declared, and puts it right.</summary>
/// <param name="xtables">The tables.</param>
/// <param name="settings">The kernel settings.</param>
/// <param name="time">Waits between attempts.</param>
public sealed class Reconciler(IXtables xtables, SysctlGuard settings, TimeProvider time)
{
    // Another program that is writing at this moment is done within milliseconds; one that holds the lock may take longer.
    private static readonly TimeSpan[] Backoff =
        [.. new[] { 10, 50, 200, 500, 1000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    /// <summary>Says what differs and what would be done, and changes nothing.</summary>
    public async Task<Assessment> AssessAsync(DesiredState desired, CancellationToken cancel)
    {
        var rulesets = await Task.WhenAll(desired.Rulesets.Select(ruleset => AssessAsync(ruleset, cancel))).ConfigureAwait(false);
        var (drifts, plan) = settings.Assess(desired.Sysctls);
        return new(
            [.. rulesets.SelectMany(r => r.Drifts), .. drifts],
            [.. rulesets.SelectMany(r => r.Waiting)],
            [.. rulesets.Select(RulesetPlan.For).Where(p => !p.IsEmpty)],
            plan);
    }

    /// <summary>Puts right what differs. Rules come before settings: forwarding is not switched on before what it must meet is there.</summary>
    public async Task<Outcome> ReconcileAsync(DesiredState desired, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var rulesets = await Task.WhenAll(desired.Rulesets.Select(ruleset => ReconcileAsync(ruleset, cancel))).ConfigureAwait(false);
        var sysctls = settings.Repair(desired.Sysctls);
        return rulesets.Append(sysctls).Aggregate((all, one) => all.With(one)) with { Elapsed = time.GetElapsedTime(start) };
    }

    private async Task<RulesetDiff> AssessAsync(DesiredRuleset desired, CancellationToken cancel)
    {
        try
        {
            return RulesetDiff.Between(desired, await xtables.ReadAsync(desired.Family, cancel).ConfigureAwait(false));
        }
        catch (XtablesException e)
        {
            return new(desired.Family, [Unreadable(desired.Family, e)], [], []);
        }
    }

    // What was read last decides: a repair counts when the tables, read again, show it.
    private async Task<Outcome> ReconcileAsync(DesiredRuleset desired, CancellationToken cancel)
    {
        var found = new HashSet<Drift>();
        var refused = new Dictionary<DesiredRule, string>();
        DesiredRule? suspect = null;
        for (var failures = 0; ;)
        {
            var diff = await AssessAsync(Without(desired, refused), cancel).ConfigureAwait(false);
            found.UnionWith(diff.Drifts);
            var plan = RulesetPlan.For(diff);
            var unreadable = diff.Drifts.Any(drift => drift is { Kind: DriftKind.Unreadable, Chain: null });
            if (plan.IsEmpty && !unreadable)
            {
                return Settled(found, diff, refused, null);
            }

            var failure = unreadable ? null : await TryRestoreAsync(plan, cancel).ConfigureAwait(false);
            // One rule that this kernel does not take, such as one whose ipset is gone, must not keep the others out. A rule that is
            // refused only once may have met a chain that changed between reading and writing.
            var culprit = failure is { IsTransient: false, Line: { } line } ? RuleAt(desired, plan.StepAt(line)) : null;
            if (culprit is not null && culprit == suspect)
            {
                refused[culprit] = failure!.Message;
                continue;
            }

            suspect = culprit;
            if (failure is null && !unreadable && failures == 0)
            {
                failures++;
                continue; // Read back at once.
            }

            if (failures >= Backoff.Length)
            {
                return Settled(found, diff, refused, failure?.Message);
            }

            await Task.Delay(Backoff[failures++], time, cancel).ConfigureAwait(false);
        }
    }

    private static DesiredRule? RuleAt(DesiredRuleset desired, RepairStep? step) => desired.Chains
        .Where(chain => chain.Key == step?.Key)
        .SelectMany(chain => chain.Top.Concat(chain.Bottom))
        .FirstOrDefault(rule => rule.Name == step?.PutsRule);

    private async Task<XtablesException?> TryRestoreAsync(RulesetPlan plan, CancellationToken cancel)
    {
        try
        {
            await xtables.RestoreAsync(plan, cancel).ConfigureAwait(false);
            return null;
        }
        catch (XtablesException e)
        {
            return e;
        }
    }

    private static Outcome Settled(HashSet<Drift> found, RulesetDiff last, Dictionary<DesiredRule, string> refused, string? failure)
    {
        var unavailable = refused.Select(r => new Drift(DriftKind.Unavailable)
        {
            Family = last.Family,
            Rule = r.Key.Name,
            Expected = r.Key.Rule.Body,
            Note = r.Value,
        }).ToList();
        var remaining = last.Drifts.Concat(unavailable).ToList();
        var repaired = found.Except(last.Drifts).Where(drift => !refused.Keys.Any(rule => rule.Name == drift.Rule && rule.Rule.Body == drift.Expected));
        return new([.. repaired], [.. remaining], last.Waiting, failure is null ? [] : [$"{last.Family.Name()}: {failure}"]);
    }

    private static DesiredRuleset Without(DesiredRuleset desired, Dictionary<DesiredRule, string> refused) => refused.Count == 0
        ? desired
        : desired with
        {
            Chains = desired.Chains.Select(chain => chain with
            {
                Top = chain.Top.Where(rule => !refused.ContainsKey(rule)).ToValueList(),
                Bottom = chain.Bottom.Where(rule => !refused.ContainsKey(rule)).ToValueList(),
            }).ToValueList(),
        };

    private static Drift Unreadable(Family family, XtablesException e) => new(DriftKind.Unreadable) { Family = family, Note = e.Message };
}
