using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Diff;

/// <summary>A comment may hold a line break: what follows it looks like lines of iptables-save's own.</summary>
public class LineBreakTests
{
    private const string Save = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment \"x\n-A FORWARD -j DROP\nCOMMIT\n*nat\" -j ACCEPT\n-A FORWARD -j LOG\nCOMMIT\n";

    [Fact]
    public void WhatStandsInAStrangersCommentIsNoRule()
    {
        var rules = RulesetParser.Parse(Family.Ipv4, Save).Find(ChainKey.Forward)!.Rules;
        Assert.Equal(["ACCEPT", "LOG"], rules.Select(rule => rule.Target));
        var diff = RulesetDiff.Between(Desired(exclusive: false), RulesetParser.Parse(Family.Ipv4, Save));
        Assert.Equal("*filter\n-I FORWARD -m comment --comment \"netguard:a\" -j DROP\nCOMMIT\n", RulesetPlan.For(diff).ToRestoreText());
    }

    [Fact]
    public void ItNeverReachesARestore()
    {
        var exclusive = RulesetDiff.Between(Desired(exclusive: true), RulesetParser.Parse(Family.Ipv4, Save));
        Assert.Equal(DriftKind.Unreadable, Assert.Single(exclusive.Drifts).Kind);
        Assert.True(RulesetPlan.For(exclusive).IsEmpty);

        var tagged = RulesetParser.Parse(Family.Ipv4, Save.Replace("-j ACCEPT", "-m comment --comment \"netguard:b\" -j ACCEPT", StringComparison.Ordinal));
        Assert.Equal(DriftKind.Unreadable, Assert.Single(RulesetDiff.Between(Desired(exclusive: false), tagged).Drifts).Kind);
        Assert.True(RulesetPlan.Clearing(tagged, new HashSet<ChainKey>()).IsEmpty);
    }

    [Fact]
    public void AQuoteThatIsNeverClosedIsACutOffOutputAndReadInNoTime()
    {
        var text = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment \"x\n" + string.Concat(Enumerable.Repeat("-A FORWARD -j DROP\n", 50_000)) + "COMMIT\n";
        Assert.Throws<UnreadableRulesetException>(() => RulesetParser.Parse(Family.Ipv4, text));
        Assert.Throws<UnreadableRulesetException>(() => RulesetParser.Parse(Family.Ipv4, Save[..60]));
    }

    private static DesiredRuleset Desired(bool exclusive) => new(Family.Ipv4,
        [new(ChainKey.Forward) { Top = [new("a", new("-m comment --comment \"netguard:a\" -j DROP"), null)], Exclusive = exclusive }]);
}
