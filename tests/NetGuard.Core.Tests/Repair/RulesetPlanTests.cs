using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using Xunit;

namespace NetGuard.Core.Tests.Repair;

public class RulesetPlanTests
{
    // iptables-nft looks for each rule that it is to delete from the chain's beginning: hundreds among thousands took it half a minute.
    [Theory]
    [InlineData(1200, true, true)]
    [InlineData(1200, false, false)]
    [InlineData(60, true, false)]
    public void AnExclusiveChainInWhichMostHasChangedComesAnew(int rules, bool isExclusive, bool comesAnew)
    {
        var kernel = new FakeTables();
        kernel.Load($"*filter\n:FORWARD ACCEPT [0:0]\n:MINE - [0:0]\n{string.Concat(Rules(0).Select(rule => $"-A MINE {rule.Rule.Text}\n"))}COMMIT\n");
        var mine = new ChainKey(TableName.Filter, new("MINE"));
        var desired = new DesiredRuleset(Family.Ipv4, [new(mine) { Top = [.. Rules(rules / 4)], Exclusive = isExclusive }]);
        var plan = RulesetPlan.For(RulesetDiff.Between(desired, RulesetParser.Parse(Family.Ipv4, kernel.Save())));
        Assert.Equal(comesAnew, plan.Steps[0] is EmptyChain);
        kernel.Restore(plan.ToRestoreText());
        Assert.True(RulesetDiff.Between(desired, RulesetParser.Parse(Family.Ipv4, kernel.Save())).Drifts.Count == 0);
        Assert.Equal(Rules(rules / 4).Select(rule => rule.Rule.Text), RulesetParser.Parse(Family.Ipv4, kernel.Save()).Find(mine)!.Rules.Select(rule => rule.Text));

        IEnumerable<DesiredRule> Rules(int from) => Enumerable.Range(from, rules).Select(i =>
            new DesiredRule($"r{i}", new($"-s 10.0.{i / 250}.{i % 250}/32 -m comment --comment \"netguard:r{i}\" -j ACCEPT"), null));
    }
}
