using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Worlds;

/// <summary>What must be true of every repair. Each fact judges by what stands in the dumps, not by how the diff came to its plan.</summary>
public sealed class RepairFacts
{
    private readonly World _world;
    private readonly RulesetDiff _diff;
    private readonly Ruleset _after;
    private readonly List<LiveRule> _rulesBefore;
    private readonly List<LiveRule> _rulesAfter;
    private readonly Ruleset _before;

    /// <param name="world">What was there and what was wanted.</param>
    /// <param name="diff">How they differed.</param>
    /// <param name="before">The dump before the repair, with counters.</param>
    /// <param name="after">The dump after it.</param>
    public RepairFacts(World world, RulesetDiff diff, string before, string after)
    {
        (_world, _diff) = (world, diff);
        _before = RulesetParser.Parse(world.Desired.Family, before);
        _after = RulesetParser.Parse(world.Desired.Family, after);
        (_rulesBefore, _rulesAfter) = (LiveRule.In(before), LiveRule.In(after));
    }

    public void HoldAll()
    {
        OnePlanConverges();
        StrangersKeepTheirOrderAndCounters();
        ExclusiveChainsHoldWhatIsWanted();
        TopRulesAreAtTheTop();
        BottomRulesAreAtTheEnd();
        PoliciesAreSet();
        NoOwnRuleIsLeftOver();
        DockerUserIsReached();
        DriftsNameEachChangeOnce();
    }

    private void OnePlanConverges()
    {
        var again = RulesetDiff.Between(_world.Desired, _after);
        Assert.Empty(again.Drifts);
        Assert.Empty(again.Chains);
        Assert.True(RulesetPlan.For(again).IsEmpty);
    }

    private void StrangersKeepTheirOrderAndCounters()
    {
        var exclusive = _world.Desired.Chains.Where(c => c.Exclusive).Select(c => c.Key.Chain.Value).ToHashSet();
        List<string> Strangers(List<LiveRule> rules) =>
            [.. rules.Where(r => !r.Rule.IsOwned && !exclusive.Contains(r.Chain)).OrderBy(r => r.Chain, StringComparer.Ordinal).Select(r => r.ToString())];
        Assert.Equal(Strangers(_rulesBefore), Strangers(_rulesAfter));
    }

    private void ExclusiveChainsHoldWhatIsWanted()
    {
        foreach (var chain in Enforced().Where(c => c.Exclusive))
        {
            Assert.Equal([.. chain.Top.Select(Body), .. chain.Bottom.Select(Body)], Bodies(chain));
        }
    }

    private void TopRulesAreAtTheTop()
    {
        foreach (var chain in Enforced())
        {
            Assert.Equal(chain.Top.Select(Body), Bodies(chain).Take(chain.Top.Count));
        }
    }

    private void BottomRulesAreAtTheEnd()
    {
        foreach (var chain in Enforced().Where(c => c.Bottom.Count > 0))
        {
            var rules = WithoutAddedJump(chain).Skip(chain.Top.Count).ToList();
            while (Body(chain.Bottom[^1]) != "-j RETURN" && rules.Count > 0 && rules[^1] is { IsOwned: false, Body: "-j RETURN" })
            {
                rules.RemoveAt(rules.Count - 1);
            }

            // A declared RETURN may stand before strangers' ones.
            while (Body(chain.Bottom[^1]) == "-j RETURN" && !chain.Bottom.Any(MayBeLifted) && rules is [.., { IsOwned: false, Body: "-j RETURN" }]
                && !rules.TakeLast(chain.Bottom.Count).Select(r => r.Body).SequenceEqual(chain.Bottom.Select(Body)))
            {
                rules.RemoveAt(rules.Count - 1);
            }

            if (!chain.Bottom.Any(MayBeLifted))
            {
                Assert.Equal(chain.Bottom.Select(Body), rules.TakeLast(chain.Bottom.Count).Select(r => r.Body));
            }

            var next = 0;
            foreach (var rule in rules)
            {
                next += next < chain.Bottom.Count && rule.Body == Body(chain.Bottom[next]) ? 1 : 0;
            }

            Assert.Equal(chain.Bottom.Count, next);
            foreach (var lifted in chain.Bottom.Where(MayBeLifted))
            {
                // The DROP comes before every rule that would let its packets pass.
                var at = rules.FindIndex(r => r.Body == Body(lifted));
                Assert.DoesNotContain(rules.Take(at), r => !r.IsOwned && !IsBottom(chain, r) && Passes(r, lifted.Rule.Match));
            }
        }
    }

    private void PoliciesAreSet() => Assert.All(
        Enforced().Where(c => c.Policy is not null), c => Assert.Equal(c.Policy, _after.Find(c.Key)!.Policy));

    private void NoOwnRuleIsLeftOver()
    {
        foreach (var chain in _after.Chains)
        {
            var declared = Enforced().FirstOrDefault(c => c.Key == chain.Key);
            var wanted = declared is null ? [] : declared.Top.Concat(declared.Bottom).Select(Body).ToList();
            foreach (var own in chain.Value.Rules.Where(r => r.IsOwned && !wanted.Remove(r.Body)))
            {
                Assert.Equal(("FORWARD", "-j DOCKER-USER"), (chain.Key.Chain.Value, own.Body));
            }
        }

        Assert.InRange(_rulesAfter.Count(r => r.Chain == "FORWARD" && IsReach(r.Rule)), 0, 1);
    }

    private void DockerUserIsReached()
    {
        var user = Enforced().FirstOrDefault(c => c.Key == ChainKey.DockerUser);
        var saidWhere = Enforced().Any(c => c.Key == ChainKey.Forward && c.Top.Any(r => Body(r) == "-j DOCKER-USER"));
        if (user is not null && user.Top.Count + user.Bottom.Count > 0 && !saidWhere)
        {
            Assert.False(new PacketWalk(_after).AcceptsBeforeDockerUser());
        }
    }

    private void DriftsNameEachChangeOnce()
    {
        foreach (var key in _diff.Chains.Select(c => c.Key).Concat(_diff.Drifts.Select(d => d.Chain!.Value)).Distinct())
        {
            // What is wrong with the way to DOCKER-USER is told of DOCKER-USER, and is put right in FORWARD.
            var drifts = _diff.Drifts.Where(d => d.Kind == DriftKind.Unreachable ? key == ChainKey.Forward : d.Chain == key).ToList();
            if (drifts.Count == 0)
            {
                Assert.Equal(ChainKey.DockerUser, key);
                continue;
            }

            var comes = Multiset(_after.Find(key)!.Rules).Except(Multiset(Before(key))).Count();
            var goes = Multiset(Before(key)).Except(Multiset(_after.Find(key)!.Rules)).Count();
            var puts = drifts.Count(d => d.Kind is DriftKind.Missing or DriftKind.Misplaced or DriftKind.Altered or DriftKind.Unreachable);
            var takes = drifts.Count(d => d.Kind is DriftKind.Stale or DriftKind.Foreign or DriftKind.Duplicate);
            Assert.InRange(comes, 0, puts);
            Assert.InRange(goes, 0, puts + takes);
            Assert.Equal(_before.Find(key) is null ? 1 : 0, drifts.Count(d => d.Kind == DriftKind.ChainMissing));
            Assert.Equal(_before.Find(key)?.Policy != _after.Find(key)!.Policy ? 1 : 0, drifts.Count(d => d.Kind == DriftKind.Policy));
            // A misplaced or altered rule of NetGuard's leaves one place and takes another; a jump that comes too late may.
            var growth = puts - takes - drifts.Count(d => d is { Kind: DriftKind.Misplaced, Note: null } or { Kind: DriftKind.Altered });
            var least = growth - drifts.Count(d => d.Kind == DriftKind.Unreachable);
            Assert.InRange(_after.Find(key)!.Rules.Count - Before(key).Count, least, growth);
            Assert.All(drifts, drift => MakesSense(drift, key));
        }
    }

    private void MakesSense(Drift drift, ChainKey key)
    {
        var live = Before(key);
        switch (drift.Kind)
        {
            case DriftKind.Missing:
                Assert.Contains(_after.Find(key)!.Rules, r => r.Body == drift.Expected);
                Assert.DoesNotContain(_diff.Drifts, d => d.Chain == key && d.Kind is DriftKind.Stale or DriftKind.Duplicate && d.Actual == drift.Expected);
                break;
            case DriftKind.Misplaced:
                Assert.Contains(live, r => r.Body == drift.Expected);
                break;
            case DriftKind.Altered:
                Assert.Contains(live, r => r.Owner == drift.Rule && r.Body == drift.Actual && r.Body != drift.Expected);
                break;
            case DriftKind.Duplicate:
                Assert.Contains(_after.Find(key)!.Rules, r => r.Body == drift.Actual);
                break;
            case DriftKind.Stale:
                Assert.Contains(live, r => r.Owner == drift.Rule && r.Body == drift.Actual);
                break;
            case DriftKind.Foreign:
                Assert.True(Enforced().Single(c => c.Key == key).Exclusive);
                Assert.Contains(live, r => !r.IsOwned && r.Body == drift.Actual);
                break;
            case DriftKind.Unreachable:
                Assert.Equal(ChainKey.DockerUser, drift.Chain);
                break;
            default:
                Assert.True(drift.Kind is DriftKind.Policy or DriftKind.ChainMissing);
                break;
        }
    }

    // What is declared and does not wait for a chain that Docker or somebody else has yet to make.
    private IEnumerable<DesiredChain> Enforced() =>
        from chain in _world.Desired.Chains
        where _after.Find(chain.Key) is not null
        select chain with { Top = Possible(chain.Top), Bottom = Possible(chain.Bottom) };

    private ValueList<DesiredRule> Possible(ValueList<DesiredRule> rules) => rules
        .Where(rule => rule.Rule.Target is not { } target || !Targets.IsChain(target) || _after.Find(new(TableName.Filter, new(target))) is not null)
        .ToValueList();

    private ValueList<Rule> Before(ChainKey key) => _before.Find(key)?.Rules ?? [];

    private List<string> Bodies(DesiredChain chain) => [.. WithoutAddedJump(chain).Select(r => r.Body)];

    // FORWARD without the jump that NetGuard adds by itself, or takes a stranger's for.
    private List<Rule> WithoutAddedJump(DesiredChain chain)
    {
        var rules = _after.Find(chain.Key)!.Rules.ToList();
        var jump = chain.Key == ChainKey.Forward && !chain.Top.Any(r => Body(r) == "-j DOCKER-USER") ? rules.FindIndex(r => r.Body == "-j DOCKER-USER") : -1;
        if (jump >= 0 && (jump <= chain.Top.Count || IsReach(rules[jump])))
        {
            rules.RemoveAt(jump);
        }

        return rules;
    }

    private static IEnumerable<(string, int)> Multiset(IEnumerable<Rule> rules) =>
        rules.GroupBy(r => r.Body, StringComparer.Ordinal).SelectMany(g => g.Select((_, i) => (g.Key, i)));

    private static bool IsReach(Rule rule) => rule is { Owner: "reach-DOCKER-USER", Body: "-j DOCKER-USER" };

    private static bool MayBeLifted(DesiredRule rule) => rule.Rule.Match.Length > 0 && rule.Rule.Target == "DROP";

    private static bool IsBottom(DesiredChain chain, Rule rule) => chain.Bottom.Any(b => Body(b) == rule.Body);

    private static bool Passes(Rule rule, string match) => rule.Target is "ACCEPT" or "RETURN" && (rule.Match.Length == 0 || rule.Match == match);

    private static string Body(DesiredRule rule) => rule.Rule.Body;
}
