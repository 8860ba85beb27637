using System.Text;
using NetGuard.Core.Docker;
using NetGuard.Core.Healing;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Healing;

public class HealPlanTests
{
    private static readonly ChainKey Docker = new(TableName.Filter, new("DOCKER"));
    private static readonly Topology There = DockersRulesTests.Docker("docker0", "172.17.0.2", 8080, 80);

    // A rule is one letter here; a small one is a stranger's.
    [Theory]
    [InlineData("ABC", "", "ABC")]
    [InlineData("ABC", "B", "ABC")]
    [InlineData("ABC", "AC", "ABC")]
    [InlineData("ABC", "xACy", "xABCy")]
    [InlineData("AxB", "x", "AxB")]
    [InlineData("AxByC", "xy", "AxByC")]
    [InlineData("AxByC", "yx", "yAxBC")] // y is not where it was: nothing is placed by it.
    [InlineData("AAB", "A", "AAB")]
    [InlineData("aBc", "", "B")] // Strangers' rules are not put back.
    [InlineData("ABC", "CBA", "CBA")] // Somebody has reordered them: none is missing.
    [InlineData("ABC", "ABCD", "ABCD")]
    public void MissingRulesReturnToTheirPlaces(string good, string live, string healed) => Assert.Equal(healed, Healed(Docker, good, live));

    [Fact]
    public void WhereNothingIsLeftToGoByTheyGoWhereDockerPutsThem()
    {
        Assert.Equal("ABxy", Healed(ChainKey.Forward, "AB", "xy"));
        Assert.Equal("ABxy", Healed(new(TableName.Nat, new("POSTROUTING")), "AB", "xy"));
        Assert.Equal("xyAB", Healed(new(TableName.Nat, new("PREROUTING")), "AB", "xy"));
    }

    [Fact]
    public void WhatDockerDoesNotReportStaysAway()
    {
        var good = new RememberedChain(Docker, null, [Rule('A'), Rule('B') with { Claim = new() { Bridges = ["br-gone"] } }]);
        var plan = HealPlan.Of(Family.Ipv4, [good], _ => [], There);
        Assert.Equal("A", Assert.Single(Assert.Single(plan.Chains).Rules).Rule.Rule.Text);
    }

    [Fact]
    public void AChainOfDockersThatIsGoneIsMadeAlsoWhereItIsEmptyAndABuiltInOneIsNot()
    {
        var good = new[] { new RememberedChain(Docker, null, []), new RememberedChain(ChainKey.Forward, ChainPolicy.Drop, [Rule('x')]) };
        var plan = HealPlan.Of(Family.Ipv4, [.. good], _ => null, There);
        var chain = Assert.Single(plan.Chains);
        Assert.True(chain.Create);
        Assert.Equal(Docker, chain.Chain.Key);
    }

    [Fact]
    public void TheTextMakesChainsFirstAndSetsThePolicyOfTheOnesThatItMakes()
    {
        var good = new[] { new RememberedChain(ChainKey.Forward, ChainPolicy.Drop, [Rule('A')]), new RememberedChain(Docker, null, [Rule('B'), Rule('x'), Rule('C')]) };
        Assert.Equal(
            "*filter\n-P FORWARD DROP\n-N DOCKER\n-A FORWARD A\n-A DOCKER B\n-A DOCKER C\nCOMMIT\n",
            HealPlan.Of(Family.Ipv4, [.. good], _ => null, There).ToText(_ => 0).ToRestoreText());
        Assert.Equal(
            "*filter\n-I FORWARD A\n-I DOCKER B\n-A DOCKER C\nCOMMIT\n",
            HealPlan.Of(Family.Ipv4, [.. good], key => [Body(key == Docker ? 'x' : 'y')], There).ToText(_ => 1).ToRestoreText());
    }

    private static string Healed(ChainKey key, string good, string live)
    {
        var plan = HealPlan.Of(Family.Ipv4, [new(key, null, [.. good.Select(Rule)])], _ => [.. live.Select(Body)], There);
        var chain = live.ToList();
        foreach (var (rule, before, i) in plan.Chains.SelectMany(c => c.Rules).Select((rule, i) => (rule.Rule, rule.Before, i)))
        {
            chain.Insert(before + i, rule.Rule.Text[0]);
        }

        // The text says the same as the places.
        var typed = live.Select(c => c.ToString()).ToList();
        foreach (var words in plan.ToText(_ => live.Length).Steps.Select(step => step.Line.Split(' ')))
        {
            typed.Insert(words[0] == "-A" ? typed.Count : words.Length > 3 ? int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture) - 1 : 0, words[^1]);
        }

        Assert.Equal(string.Concat(chain), string.Concat(typed));
        return string.Concat(chain);
    }

    private static RememberedRule Rule(char name) => new(new(name.ToString()), Body(name), char.IsUpper(name) ? new DockerClaim() : null);

    private static ReadOnlyMemory<byte> Body(char name) => Encoding.UTF8.GetBytes(name.ToString());
}
