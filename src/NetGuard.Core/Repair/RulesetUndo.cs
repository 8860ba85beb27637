using System.Globalization;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>What NetGuard changed in the tables of one family, to be taken back later.</summary>
/// <remarks>
/// Nothing is ever restored as it was dumped: what others changed in the meantime stays, and so do the counters of every rule that
/// NetGuard did not touch. What goes is what NetGuard put in, and what comes back is what it took out, behind the rule that it stood behind.
/// </remarks>
/// <param name="Before">What was there, read with counters.</param>
/// <param name="After">What NetGuard had made of it.</param>
/// <param name="Declared">The chains that the configuration names: one of them that was not there before was made by NetGuard.</param>
/// <param name="Exclusive">Those in which it took out strangers' rules, too.</param>
public sealed record RulesetUndo(Ruleset Before, Ruleset After, IReadOnlySet<ChainKey> Declared, IReadOnlySet<ChainKey> Exclusive)
{
    /// <summary>The steps that take the changes back, as things are now.</summary>
    /// <param name="live">What is there now, read with counters.</param>
    /// <param name="refused">Rules, by their texts, that this kernel does not take any more.</param>
    public RulesetUndoPlan PlanFor(Ruleset live, IReadOnlySet<string> refused) =>
        new Undoing(ChainNames.Between(After, live) is { IsEmpty: false } names ? Called(names) : this, live, refused).Run();

    // A chain that somebody has given another name meanwhile is the same chain, with the same rules of NetGuard's in it.
    private RulesetUndo Called(ChainNames names) => new(
        names.In(Before), names.In(After), Declared.Select(names.Of).ToHashSet(), Exclusive.Select(names.Of).ToHashSet());

    private sealed class Undoing(RulesetUndo undo, Ruleset live, IReadOnlySet<string> refused)
    {
        private readonly List<string> _left = [];
        private readonly Dictionary<ChainKey, ChainDiff> _diffs = [];

        public RulesetUndoPlan Run()
        {
            var keys = undo.Before.Chains.Concat(undo.After.Chains).Select(chain => chain.Key).Distinct().ToList();
            foreach (var key in keys.Where(key => undo.Before.WhyUnreadable(key) is null && undo.After.WhyUnreadable(key) is null))
            {
                Chain(key);
            }

            var gone = keys.Where(MadeForNothing).Select(key => new RemoveChain(key)).ToList();
            return new(
                RulesetPlan.Of(live.Family, _diffs.Values.Where(diff => !diff.IsEmpty).SelectMany(ChainSteps.For).Concat(gone)) with
                {
                    Switches = [.. undo.Before.Dormant.Where(table => !undo.After.Dormant.Contains(table) && !live.Dormant.Contains(table)).Select(table => new TableSwitch(table, Dormant: true))],
                },
                _diffs.Values.Select(diff => new Chain(diff.Key.Chain, diff.Policy, diff.Wanted.Select(slot => slot.Rule).ToValueList()))
                    .Zip(_diffs.Keys, (chain, key) => KeyValuePair.Create(key, chain)).Where(chain => gone.TrueForAll(step => step.Key != chain.Key)).ToValueList(),
                _left.ToValueList());
        }

        private void Chain(ChainKey key)
        {
            var (before, after) = (undo.Before.Find(key), undo.After.Find(key));
            var (was, became) = (before?.Rules ?? [], after?.Rules ?? []);
            var stayed = RulePairs.Of(was, became);
            for (var i = 0; i < was.Count; i++)
            {
                // Counters only grow: one that has fallen belongs to a new rule with the old one's text.
                stayed[i] = stayed[i] >= 0 && was[i].IsOwned && Packets(became[stayed[i]]) < Packets(was[i]) ? -1 : stayed[i];
            }

            var kept = stayed.Where(place => place >= 0).ToHashSet();
            var added = Enumerable.Range(0, became.Count).Where(i => !kept.Contains(i) && became[i].IsOwned).ToHashSet();
            bool IsRemoved(int i) => stayed[i] < 0 && (was[i].IsOwned || undo.Exclusive.Contains(key));
            var removed = Enumerable.Range(0, was.Count).Count(IsRemoved);
            var policy = before?.Policy is { } old && after?.Policy != old ? before.Policy : null;
            if (added.Count == 0 && removed == 0 && policy is null)
            {
                return;
            }

            if (live.WhyUnreadable(key) is { } reason)
            {
                _left.Add($"{key} cannot be read: {reason}");
            }
            else if (live.Find(key) is { } now)
            {
                var places = RulePairs.Of(became, now.Rules);
                var (leaving, back) = Leaving(became, added, places, now.Rules);
                var slots = Slots(key, was, now.Rules, i => IsRemoved(i) ? null : stayed[i] < 0 ? -1 : places[stayed[i]], leaving, back);
                _diffs[key] = new(key, true, now.Rules, slots, Filled(now.Rules, slots), now.Policy == policy ? null : policy);
            }
            else if (removed > 0)
            {
                _left.Add($"{key} is gone: what stood in it does not come back");
            }
        }

        private static int[] Filled(ValueList<Rule> now, List<Slot> slots)
        {
            var filled = Alignment.Of(now, slots, rule => rule.Text);
            for (var i = 0; i < filled.Length; i++)
            {
                filled[i] = filled[i] >= 0 && Packets(now[i]) < Packets(slots[filled[i]].Rule) ? -1 : filled[i];
            }

            return filled;
        }

        // What NetGuard put in, wherever it stands by now; and what nobody knows, which may be a rule that has come back already.
        private static (bool[] Leaving, Dictionary<Rule, int> Back) Leaving(ValueList<Rule> became, HashSet<int> added, int[] places, ValueList<Rule> now)
        {
            var leaving = new bool[now.Count];
            var paired = places.Where(place => place >= 0).ToHashSet();
            var (elsewhere, moved, back) = (new Dictionary<Rule, int>(), new Dictionary<Rule, int>(), new Dictionary<Rule, int>());
            for (var i = 0; i < became.Count; i++)
            {
                if (places[i] >= 0)
                {
                    leaving[places[i]] = added.Contains(i);
                }
                else
                {
                    var kind = added.Contains(i) ? elsewhere : moved;
                    kind[became[i]] = kind.GetValueOrDefault(became[i]) + 1;
                }
            }

            foreach (var i in Enumerable.Range(0, now.Count).Where(i => !paired.Contains(i)))
            {
                if (elsewhere.GetValueOrDefault(now[i]) > 0)
                {
                    elsewhere[now[i]]--;
                    leaving[i] = true;
                }
                else if (moved.GetValueOrDefault(now[i]) > 0)
                {
                    moved[now[i]]--;
                }
                else
                {
                    back[now[i]] = back.GetValueOrDefault(now[i]) + 1;
                }
            }

            return (leaving, back);
        }

        // What stays, in its order, and between it what comes back, each behind the nearest rule before it that is still there.
        private List<Slot> Slots(ChainKey key, ValueList<Rule> was, ValueList<Rule> now, Func<int, int?> placeNow, bool[] leaving, Dictionary<Rule, int> back)
        {
            var behind = new Dictionary<int, List<Rule>>();
            var last = -1;
            for (var i = 0; i < was.Count; i++)
            {
                if (placeNow(i) is { } place)
                {
                    last = place < 0 ? last : place;
                }
                else if (back.GetValueOrDefault(was[i]) > 0)
                {
                    back[was[i]]--;
                }
                else if (CanReturn(key, was[i]))
                {
                    (behind.TryGetValue(last, out var list) ? list : behind[last] = []).Add(was[i]);
                }
            }

            var slots = behind.GetValueOrDefault(-1, []).Select(Returning).ToList();
            for (var i = 0; i < now.Count; i++)
            {
                if (!leaving[i])
                {
                    slots.Add(new(Named(now[i]), now[i]));
                }

                slots.AddRange(behind.GetValueOrDefault(i, []).Select(Returning));
            }

            return slots;
        }

        private bool CanReturn(ChainKey key, Rule rule)
        {
            var fault = refused.Contains(rule.Text) ? "the kernel does not take it any more"
                : rule.Target is { } target && Targets.IsChain(target) && live.Find(new(key.Table, new(target))) is null ? $"there is no chain {target} any more"
                : null;
            if (fault is not null)
            {
                _left.Add($"{key}: {rule.Body} does not come back: {fault}");
            }

            return fault is null;
        }

        // Made by NetGuard, empty again, and jumped to by nobody.
        private bool MadeForNothing(ChainKey key) =>
            undo.Declared.Contains(key) && undo.Before.Find(key) is null && undo.Before.WhyUnreadable(key) is null
            && live.Find(key) is { Policy: null } now && (_diffs.TryGetValue(key, out var diff) ? diff.Wanted.Count : now.Rules.Count) == 0
            && !live.Chains.Any(chain => chain.Key.Table == key.Table && RulesThen(chain.Key, chain.Value).Any(rule => rule.Target == key.Chain.Value));

        private IEnumerable<Rule> RulesThen(ChainKey key, Chain now) => _diffs.TryGetValue(key, out var diff) ? diff.Wanted.Select(slot => slot.Rule) : now.Rules;

        private static long Packets(Rule rule) =>
            rule.Counters is { } counters && long.TryParse(counters.AsSpan(0, Math.Max(counters.IndexOf(':'), 0)), NumberStyles.None, CultureInfo.InvariantCulture, out var packets) ? packets : 0;

        private static Slot Returning(Rule rule) => new(Named(rule), null);

        private static DesiredRule Named(Rule rule) => new(rule.Owner ?? rule.Body, rule, null);
    }
}

/// <summary>How the tables of one family go back.</summary>
/// <param name="Plan">What is to be done.</param>
/// <param name="Then">The chains that change, as they will be; the policy where it is set.</param>
/// <param name="Left">What cannot be taken back, and why.</param>
public sealed record RulesetUndoPlan(RulesetPlan Plan, ValueList<KeyValuePair<ChainKey, Chain>> Then, ValueList<string> Left)
{
    /// <summary>Whether what was to be done is done. Strangers may have put in more in the meantime.</summary>
    /// <param name="now">What is there now.</param>
    public bool IsDoneIn(Ruleset now) =>
        Then.All(then => now.Find(then.Key) is { } chain && IsWithin(then.Value.Rules, chain.Rules)
            && chain.Rules.Count(rule => rule.IsOwned) == then.Value.Rules.Count(rule => rule.IsOwned) && (then.Value.Policy ?? chain.Policy) == chain.Policy)
        && Plan.Steps.All(step => step is not RemoveChain || now.Find(step.Key) is null)
        && Plan.Switches.All(one => now.Dormant.Contains(one.Table) == one.Dormant);

    private static bool IsWithin(ValueList<Rule> rules, ValueList<Rule> chain)
    {
        var found = 0;
        foreach (var rule in chain)
        {
            found += found < rules.Count && rule.Equals(rules[found]) ? 1 : 0;
        }

        return found == rules.Count;
    }
}
