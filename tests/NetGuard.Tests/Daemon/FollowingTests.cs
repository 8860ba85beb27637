using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
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

    // Four containers that may and four that may be reached, each stopped (0) or at one of nine addresses; whether the rules have come about before the next change.
    private static readonly Gen<(int[] Addresses, bool InForce)[]> Comings =
        Gen.Select(Gen.Int[0, 9].Array[8].Select(wanted => wanted.Select((at, i) => at > 0 && Array.IndexOf(wanted, at) == i ? at : 0).ToArray()), Gen.Bool).Array[2, 6];

    [Fact]
    public void WhereOnlyContainersComeAndGoEverythingFollowsFromThem() => Comings.Sample(comings =>
    {
        var kernel = new FakeTables();
        kernel.Load("*filter\n:NETGUARD-FORWARD - [0:0]\nCOMMIT\n");
        var former = new List<DesiredState> { Links(new int[8]) };
        foreach (var (addresses, inForce) in comings)
        {
            var now = Links(addresses);
            var diff = RulesetDiff.Between(now.Rulesets[0], RulesetParser.Parse(Family.Ipv4, kernel.Save(counters: false)));
            Assert.All(diff.Drifts, drift => Assert.True(new Following([.. former], now).Explains(drift), drift.ToString()));
            former.Add(now);
            if (inForce)
            {
                kernel.Restore(RulesetPlan.For(diff).ToRestoreText());
                former.RemoveRange(0, former.Count - 1);
            }
        }
    });

    private static DesiredState Links(int[] addresses) => new(
        [
            new DesiredRuleset(Family.Ipv4,
            [
                new(ChainKey.NetGuardForward)
                {
                    Top =
                    [
                        .. from app in Enumerable.Range(0, 4)
                           from web in Enumerable.Range(4, 4)
                           where addresses[app] > 0 && addresses[web] > 0
                           select World.Rule($"c{app} -> c{web}", $"-s 10.0.0.{addresses[app]}/32 -d 10.0.0.{addresses[web]}/32 -j ACCEPT"),
                    ],
                    Exclusive = true,
                },
            ]),
        ],
        []);

    private static DesiredState State(string rules) => new(
        [new DesiredRuleset(Family.Ipv4, [new(ChainKey.NetGuardForward) { Top = [.. rules.Split(' ').Select(rule => new DesiredRule(rule, new(Body(rule)), null))] }])], []);

    private static string Body(string rule) => $"-s 10.0.0.{(int)rule[0]}/32 -j ACCEPT";
}
