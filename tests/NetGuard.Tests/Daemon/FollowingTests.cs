using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Daemon;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class FollowingTests
{
    [Theory]
    [InlineData("a b c", "a c d", DriftKind.Missing, "d", true)]
    [InlineData("a b c", "a c d", DriftKind.Missing, "c", false)] // Somebody has removed it.
    [InlineData("a b c", "a c d", DriftKind.Stale, "b", true)]
    [InlineData("a b c", "a c d", DriftKind.Stale, "x", false)]
    [InlineData("a b c d", "a c b d", DriftKind.Misplaced, "b", true)] // Another container has its address, and the rule another place.
    [InlineData("a b c d", "a c b d", DriftKind.Misplaced, "d", false)]
    [InlineData("a b c", "a b c", DriftKind.Misplaced, "b", false)]
    [InlineData("a b|a", "a b", DriftKind.Missing, "b", true)] // Went and came while a round was disturbed.
    [InlineData("a b|a b", "a b", DriftKind.Missing, "b", false)]
    [InlineData("a|a b", "a", DriftKind.Stale, "b", true)]
    public void OnlyWhatTheContainersHaveChangedFollowsFromThem(string former, string now, DriftKind kind, string rule, bool follows)
    {
        var drift = new Drift(kind) { Family = Family.Ipv4, Chain = ChainKey.NetGuardForward };
        drift = kind == DriftKind.Stale ? drift with { Actual = Body(rule) } : drift with { Expected = Body(rule) };
        Assert.Equal(follows, new Following([.. former.Split('|').Select(State)], State(now)).Explains(drift));
    }

    private static DesiredState State(string rules) => new(
        [new DesiredRuleset(Family.Ipv4, [new(ChainKey.NetGuardForward) { Top = [.. rules.Split(' ').Select(rule => new DesiredRule(rule, new(Body(rule)), null))] }])], []);

    private static string Body(string rule) => $"-s 10.0.0.{(int)rule[0]}/32 -j ACCEPT";
}
