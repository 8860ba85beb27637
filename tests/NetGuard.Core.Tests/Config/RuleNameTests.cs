using Xunit;

namespace NetGuard.Core.Tests.Config;

public class RuleNameTests
{
    [Fact]
    public void ARuleWithoutANameIsNamedAfterItsText()
    {
        var names = Names("[-j DROP, '-j  DROP', {rule: -j DROP, position: bottom, family: ipv6}, -j ACCEPT, {rule: -j DROP, name: mine}]");
        Assert.Equal(["r-67736417", "r-67736417-2", "r-67736417-3", "r-101d6832", "mine"], names);
    }

    [Fact]
    public void ARuleKeepsItsNameWhereverItStands() =>
        Assert.Equal(Names("[-j A, -j B]").Reverse(), Names("[-j B, -j A]"));

    [Fact]
    public void TwoChainsMayUseOneName() =>
        Assert.Equal("", ConfigText.Mistakes("chains: {X: {rules: [{name: a, rule: -j A}]}, Y: {rules: [{name: a, rule: -j A}]}}\n"));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void ANameHasAtMost64Characters(int length, bool isGood) =>
        Assert.Equal(isGood, ConfigText.Parse($"chains: {{X: {{rules: [{{name: {new string('a', length)}, rule: -j A}}]}}}}\n").Config is not null);

    private static string[] Names(string rules) =>
        [.. ConfigText.Config($"chains: {{X: {{rules: {rules}}}}}\n").Chains[0].Rules.Select(r => r.Name)];
}
