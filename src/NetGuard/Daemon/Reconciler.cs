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
/// <param name="isUndone">Whether a drift that is there behind a repair is somebody's doing since then; null where nobody can tell.</param>
public sealed class Reconciler(IXtables xtables, SysctlGuard settings, TimeProvider time, Func<Drift, bool>? isUndone = null)
{
    // Another program that is writing at this moment is done within milliseconds; one that holds the lock may take longer.
    private static readonly TimeSpan[] Backoff =
        [.. new[] { 10, 50, 200, 500, 1000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    // Somebody who commits without a pause is outrun or, at last, answered with a pause of ours.
    private const int MostOutdated = 20;

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
    public Task<Outcome> ReconcileAsync(DesiredState desired, CancellationToken cancel) => ReconcileAsync(desired, new HashSet<Drift>(), cancel);

    /// <summary>The same, where something may have been put right already: it counts when the tables show it.</summary>
    public async Task<Outcome> ReconcileAsync(DesiredState desired, IReadOnlySet<Drift> foundBefore, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var rulesets = await Task.WhenAll(desired.Rulesets.Select(ruleset => ReconcileAsync(ruleset, foundBefore, cancel))).ConfigureAwait(false);
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
    private async Task<Outcome> ReconcileAsync(DesiredRuleset desired, IReadOnlySet<Drift> foundBefore, CancellationToken cancel)
    {
        var found = foundBefore.Where(drift => drift.Family == desired.Family).ToHashSet();
        var refused = new Dictionary<DesiredRule, (ChainKey Chain, string Words)>();
        DesiredRule? suspect = null;
        var succeededBefore = false;
        var outdated = 0;
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

            // Against somebody who is faster than the reading, the next attempt is no better than this one: that is a fight.
            if (succeededBefore && isUndone is not null && diff.Drifts.Count > 0 && diff.Drifts.All(isUndone))
            {
                return Settled(found, diff, refused, null) with { Undone = diff.Drifts };
            }

            var failure = unreadable ? null : await TryRestoreAsync(plan, cancel).ConfigureAwait(false);
            if (failure is { IsOutdated: true } && outdated++ < MostOutdated)
            {
                continue;
            }

            // One rule that this kernel does not take, such as one whose ipset is gone, must not keep the others out. A rule that is
            // refused only once may have met a chain that changed between reading and writing.
            var culprit = failure is { IsTransient: false, Line: { } line } ? RuleAt(desired, plan.StepAt(line)) : null;
            if (culprit is not null && culprit == suspect)
            {
                refused[culprit] = (plan.StepAt(failure!.Line!.Value)!.Key, failure.Message);
                failures = 0; // It stood in the way of the others, however many of its kind there are.
                continue;
            }

            suspect = culprit;
            var succeeded = failure is null && !unreadable;
            if (succeeded && !succeededBefore)
            {
                succeededBefore = true;
                continue; // Read back at once.
            }

            succeededBefore = succeeded;
            if (failure is { IsTransient: false } && culprit is null && failures >= 2
                && await IsolateAsync(desired, refused, plan, diff, cancel).ConfigureAwait(false))
            {
                failures = 0;
                continue;
            }

            if (failures >= Backoff.Length)
            {
                var last = await AssessAsync(Without(desired, refused), cancel).ConfigureAwait(false);
                found.UnionWith(last.Drifts);
                return Settled(found, last, refused, Complaint(last, failure));
            }

            await Task.Delay(Backoff[failures++], time, cancel).ConfigureAwait(false);
        }
    }

    // iptables-legacy hands a whole table to the kernel and names the line of COMMIT. The rules that are new here are then tried in
    // halves; what stands is never taken out for that.
    private async Task<bool> IsolateAsync(
        DesiredRuleset desired, Dictionary<DesiredRule, (ChainKey Chain, string Words)> refused, RulesetPlan plan, RulesetDiff diff, CancellationToken cancel)
    {
        var live = diff.Chains.SelectMany(chain => chain.Live, (chain, rule) => (chain.Key, rule.Body)).ToHashSet();
        var candidates = plan.Steps.Select(step => (step.Key, Rule: RuleAt(desired, step)!))
            .Where(c => c.Rule is not null && !live.Contains((c.Key, c.Rule.Rule.Body))).DistinctBy(c => c.Rule).ToList();
        var held = candidates.ToDictionary(c => c.Rule, c => (c.Key, ""));
        var found = new Dictionary<DesiredRule, (ChainKey Chain, string Words)>();
        if (candidates.Count < 2 || await TryAsync([]).ConfigureAwait(false) is not null)
        {
            return false; // It is none of the new rules, or cannot be told.
        }

        await HalveAsync(candidates).ConfigureAwait(false);
        if (found.Count == 0 || found.Count == candidates.Count)
        {
            return false;
        }

        foreach (var (rule, reason) in found)
        {
            refused[rule] = reason;
        }

        return true;

        async Task HalveAsync(List<(ChainKey Key, DesiredRule Rule)> rules)
        {
            foreach (var half in new[] { rules[..(rules.Count / 2)], rules[(rules.Count / 2)..] }.Where(half => half.Count > 0))
            {
                if (await TryAsync(half).ConfigureAwait(false) is not { } failure)
                {
                    half.ForEach(c => held.Remove(c.Rule));
                }
                else if (half is [var single])
                {
                    found[single.Rule] = (single.Key, failure.Message);
                }
                else
                {
                    await HalveAsync(half).ConfigureAwait(false);
                }
            }
        }

        async Task<XtablesException?> TryAsync(List<(ChainKey Key, DesiredRule Rule)> rules)
        {
            var without = refused.Concat(held.ExceptBy(rules.Select(c => c.Rule), h => h.Key)).ToDictionary();
            var part = RulesetPlan.For(await AssessAsync(Without(desired, without), cancel).ConfigureAwait(false));
            return part.IsEmpty ? null : await TryRestoreAsync(part, cancel).ConfigureAwait(false);
        }
    }

    // Not by the name alone: one declaration may have become several rules.
    private static DesiredRule? RuleAt(DesiredRuleset desired, RepairStep? step) => desired.Chains
        .Where(chain => chain.Key == step?.Key)
        .SelectMany(chain => chain.Top.Concat(chain.Bottom))
        .FirstOrDefault(rule => rule.Name == step?.PutsRule && step.Line.EndsWith(rule.Rule.Text, StringComparison.Ordinal));

    private static string? Complaint(RulesetDiff last, XtablesException? failure) => last.Drifts switch
    {
        { Count: 0 } => null,
        [{ Kind: DriftKind.Unreadable, Chain: null } unreadable] => unreadable.Note,
        _ => failure?.Message ?? $"{last.Family.Tool()}-restore reports success, and {last.Drifts.Count} differences are still there",
    };

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

    private static Outcome Settled(HashSet<Drift> found, RulesetDiff last, Dictionary<DesiredRule, (ChainKey Chain, string Words)> refused, string? failure)
    {
        var unavailable = refused.Select(r => new Drift(DriftKind.Unavailable)
        {
            Family = last.Family,
            Chain = r.Value.Chain,
            Rule = r.Key.Name,
            Expected = r.Key.Rule.Body,
            Note = r.Value.Words,
        }).ToList();
        var remaining = last.Drifts.Concat(unavailable).ToList();
        var open = remaining.Select(Subject).ToHashSet();
        var repaired = found.Where(drift => drift.Kind != DriftKind.Unreadable && !open.Contains(Subject(drift)) && IsKnown(drift, last));
        return new([.. repaired], [.. remaining], last.Waiting, failure is null ? [] : [$"{last.Family.Name()}: {failure}"]);
    }

    // What a drift is about. That it looks otherwise by now, such as a rule that stands at another wrong place, is no repair.
    private static (ChainKey?, string?, string?) Subject(Drift drift) => drift.Kind switch
    {
        DriftKind.Missing or DriftKind.Misplaced or DriftKind.Altered or DriftKind.Unavailable => (drift.Chain, drift.Rule, drift.Expected),
        DriftKind.Stale or DriftKind.Duplicate or DriftKind.Foreign => (drift.Chain, drift.Rule, drift.Actual),
        _ => (drift.Chain, drift.Kind.Name(), drift.Table?.Value),
    };

    // A table that can no longer be read shows no repair, nor does a chain that is gone.
    private static bool IsKnown(Drift drift, RulesetDiff last) =>
        !last.Waiting.Any(w => w.Chain == drift.Chain && (w.Rule is null || w.Rule == drift.Rule))
        && (drift.Table is not { } table || !last.Unknown.Contains(table))
        && !last.Drifts.Any(d => d.Kind == DriftKind.Unreadable && (d.Chain is null || d.Chain == drift.Chain));

    private static DesiredRuleset Without(DesiredRuleset desired, Dictionary<DesiredRule, (ChainKey Chain, string Words)> refused) => refused.Count == 0
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
