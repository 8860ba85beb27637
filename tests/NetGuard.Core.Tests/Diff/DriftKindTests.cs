using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using Xunit;
using static NetGuard.Core.Tests.Worlds.World;

namespace NetGuard.Core.Tests.Diff;

public sealed class DriftKindTests
{
    private const string Drop = "-i eth0 -j DROP";
    private const string Accept = "-i eth1 -j ACCEPT";

    private static RulesetDiff Diff(WorldChain[] live, params DesiredChain[] wanted)
    {
        var world = new World([.. live], new(Family.Ipv4, [.. wanted]));
        var kernel = new FakeTables();
        kernel.Load(world.LoadText());
        var before = kernel.Save(counters: true);
        var diff = RulesetDiff.Between(world.Desired, RulesetParser.Parse(Family.Ipv4, before));
        kernel.Restore(RulesetPlan.For(diff).ToRestoreText());
        new RepairFacts(world, diff, before, kernel.Save(counters: true)).HoldAll();
        return diff;
    }

    private static void Is(RulesetDiff diff, params string[] drifts) =>
        Assert.Equal(drifts, diff.Drifts.Select(d => $"{d.Kind.Name()} {d.Chain} {d.Rule}".TrimEnd()));

    private static string[] Plan(RulesetDiff diff) => [.. RulesetPlan.For(diff).Steps.Select(step => step.Line)];

    [Fact]
    public void WhatIsAsDeclaredIsNoDrift() => Is(Diff([Live("FORWARD", Own("r1", Drop), Accept)], Want("FORWARD", top: [Drop])));

    [Fact]
    public void ATableThatSleepsIsWokenUnlessItCannotBeRead()
    {
        var live = RulesetParser.Parse(Family.Ipv4, "*filter\n:FORWARD DROP [0:0]\nCOMMIT\n") with { Dormant = [TableName.Filter, TableName.Raw] };
        var desired = new DesiredRuleset(Family.Ipv4, [Want("FORWARD", policy: ChainPolicy.Drop)]);
        var diff = RulesetDiff.Between(desired, live);
        Assert.Equal((DriftKind.Unreachable, null, TableName.Filter), Assert.Single(diff.Drifts) is var drift ? (drift.Kind, drift.Chain, drift.Table!.Value) : default);
        Assert.Equal(["nft 'add table ip filter'"], RulesetPlan.For(diff).Commands("-nft"));

        var unknown = RulesetDiff.Between(desired, live with { Tables = [], Unreadable = [new(TableName.Filter, "why")] });
        Assert.Equal([DriftKind.Unreadable, DriftKind.Unreachable], unknown.Drifts.Select(d => d.Kind));
        Assert.True(RulesetPlan.For(unknown).IsEmpty);
    }

    [Fact]
    public void ARuleOfAStrangersWillDo() => Is(Diff([Live("FORWARD", Drop, Accept)], Want("FORWARD", top: [Drop])));

    [Fact]
    public void ARemovedRuleIsMissing()
    {
        var diff = Diff([Live("FORWARD", Accept)], Want("FORWARD", top: [Drop]));
        Is(diff, "missing FORWARD r1");
        Assert.Equal([$"-I FORWARD {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void ARuleBelowAnAcceptIsMisplaced()
    {
        var diff = Diff([Live("FORWARD", Accept, Own("r1", Drop))], Want("FORWARD", top: [Drop]));
        Is(diff, "misplaced FORWARD r1");
        Assert.Equal($"it stands at 2, behind {Accept}, and belongs first", diff.Drifts[0].Actual);
        Assert.Equal([$"-D FORWARD {Own("r1", Drop)}", $"-I FORWARD {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void AStrangersRuleAtAWrongPlaceIsMisplacedAndStays()
    {
        var diff = Diff([Live("FORWARD", Accept, Drop)], Want("FORWARD", top: [Drop]));
        Is(diff, "misplaced FORWARD r1");
        Assert.Equal("that rule is not NetGuard's and stays where it is", diff.Drifts[0].Note);
        Assert.Equal([$"-I FORWARD {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void AnotherBodyUnderTheSameNameIsAltered()
    {
        var diff = Diff([Live("FORWARD", Own("r1", "-i eth0 -j ACCEPT"))], Want("FORWARD", top: [Drop]));
        Is(diff, "altered FORWARD r1");
        Assert.Equal(("-i eth0 -j ACCEPT", Drop), (diff.Drifts[0].Actual, diff.Drifts[0].Expected));
    }

    [Fact]
    public void WhatMovesUnderAnotherNameIsNotTheFormerFormOfTheRuleThatBearsItsName()
    {
        // The first container's address went to the third, and it has got a new one.
        var diff = Diff([Live("FORWARD", Own("r1", "-s 10.0.0.1/32 -j ACCEPT"), Own("r2", "-s 10.0.0.2/32 -j ACCEPT"))],
            Want("FORWARD", top: ["-s 10.0.0.3/32 -j ACCEPT", "-s 10.0.0.2/32 -j ACCEPT", "-s 10.0.0.1/32 -j ACCEPT"], exclusive: true));
        Is(diff, "missing FORWARD r1", "misplaced FORWARD r3");
    }

    [Fact]
    public void ARuleThatStandsTwiceIsADuplicate()
    {
        var diff = Diff([Live("FORWARD", Own("r1", Drop), Accept, Own("r1", Drop))], Want("FORWARD", top: [Drop]));
        Is(diff, "duplicate FORWARD r1");
    }

    [Fact]
    public void AnOwnRuleBesideAStrangersEqualOneIsADuplicate() =>
        Is(Diff([Live("FORWARD", Own("r1", Drop), Drop)], Want("FORWARD", top: [Drop])), "duplicate FORWARD r1");

    [Fact]
    public void ATaggedRuleThatIsNoLongerDeclaredIsStale()
    {
        var diff = Diff([Live("FORWARD", Own("old", Drop), Accept), Live("INPUT", Own("older", Drop))]);
        Is(diff, "stale INPUT older", "stale FORWARD old");
    }

    [Fact]
    public void ABottomRuleThatIsNotTheLastOneIsToldWhereItBelongs()
    {
        var diff = Diff([Live("FORWARD", Own("r1", "-j DROP"), Accept)], Want("FORWARD", bottom: ["-j DROP"]));
        Is(diff, "misplaced FORWARD r1");
        Assert.Equal("it stands first, and belongs last", diff.Drifts[0].Actual);
    }

    [Fact]
    public void TwoForeignRulesThatAreAlikeAreTwo()
    {
        var diff = Diff([Live("FORWARD", Accept, Accept)], Want("FORWARD", top: [Drop]) with { Exclusive = true });
        Is(diff, "missing FORWARD r1", "foreign FORWARD", "foreign FORWARD");
        Assert.Equal(3, diff.Drifts.Distinct().Count());
    }

    [Fact]
    public void AStrangersRuleInAnExclusiveChainIsForeign()
    {
        var diff = Diff([Live("FORWARD", Accept, Own("r1", Drop), Accept)], Want("FORWARD", top: [Drop], exclusive: true));
        Is(diff, "foreign FORWARD", "foreign FORWARD");
        Assert.Equal([$"-D FORWARD {Accept}", $"-D FORWARD {Accept}"], Plan(diff));
    }

    [Fact]
    public void AnotherPolicyIsPolicyDrift()
    {
        var diff = Diff([Live("FORWARD")], Want("FORWARD", policy: ChainPolicy.Drop));
        Is(diff, "policy FORWARD");
        Assert.Equal(["-P FORWARD DROP"], Plan(diff));
    }

    [Fact]
    public void AChainOfTheAdministratorsThatIsGoneIsChainMissing()
    {
        var diff = Diff([Live("FORWARD")], Want("MINE", top: [Drop]), Want("FORWARD", top: ["-j MINE"]));
        Is(diff, "chain-missing MINE", "missing MINE r1", "missing FORWARD r1");
        Assert.Equal("-N MINE", Plan(diff)[0]);
    }

    [Fact]
    public void AChainOfDockersThatIsGoneIsWaitedFor()
    {
        var diff = Diff([Live("FORWARD")], Want("DOCKER", top: [Drop]), Want("FORWARD", top: ["-j DOCKER", Drop]));
        Is(diff, "missing FORWARD r2");
        Assert.Equal(["DOCKER ", "FORWARD r1"], diff.Waiting.Select(w => $"{w.Chain} {w.Rule}"));
    }

    [Fact]
    public void DockerUserThatNothingJumpsToIsUnreachable()
    {
        var diff = Diff([Live("FORWARD", Accept), Live("DOCKER-USER", Own("r1", Drop))], Want("DOCKER-USER", top: [Drop]));
        Is(diff, "unreachable DOCKER-USER");
        Assert.Equal("nothing in FORWARD jumps to DOCKER-USER", diff.Drifts[0].Actual);
        Assert.Equal([$"-I FORWARD {Own("reach-DOCKER-USER", "-j DOCKER-USER")}"], Plan(diff));
    }

    [Fact]
    public void AJumpToDockerUserBehindAnAcceptIsUnreachable()
    {
        var diff = Diff([Live("FORWARD", Accept, "-j DOCKER-USER"), Live("DOCKER-USER", Own("r1", Drop))], Want("DOCKER-USER", top: [Drop]));
        Is(diff, "unreachable DOCKER-USER");
        Assert.Equal($"the jump in FORWARD comes too late: it stands at 2, behind {Accept}", diff.Drifts[0].Actual);
    }

    [Theory]
    [InlineData("-i eth0 -j DROP")]
    [InlineData("-j LOG")]
    [InlineData("-i eth0")]
    [InlineData("-j HARMLESS")]
    public void WhatCannotAcceptMayStandBeforeTheJumpToDockerUser(string rule) => Is(Diff(
        [Live("FORWARD", rule, "-j DOCKER-USER"), Live("DOCKER-USER", Drop), Live("HARMLESS", Drop, "-j RETURN")], Want("DOCKER-USER", top: [Drop])));

    [Theory]
    [InlineData("-j HARMFUL")]
    [InlineData("-g HARMLESS")]
    [InlineData("-i eth9 -j RETURN")]
    [InlineData("-i eth9 -g DOCKER-USER")]
    public void WhatMayEndInAnAcceptMayNot(string rule) => Is(
        Diff(
            [Live("FORWARD", rule, "-j DOCKER-USER"), Live("DOCKER-USER", Drop), Live("HARMLESS", Drop), Live("HARMFUL", "-j DEEPER"), Live("DEEPER", Accept)],
            Want("DOCKER-USER", top: [Drop])),
        "unreachable DOCKER-USER");

    [Fact]
    public void ABottomRuleStandsBeforeTheTrailingReturn()
    {
        var diff = Diff([Live("MINE", Accept, "-j RETURN")], Want("MINE", bottom: [Drop]));
        Assert.Equal([$"-I MINE 2 {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void ADeclaredReturnIsTheFirstOfSeveral()
    {
        var diff = Diff([Live("MINE", Accept, "-j RETURN", "-j RETURN")], Want("MINE", bottom: [Drop, "-j RETURN"]));
        Assert.Equal([$"-I MINE 2 {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void ABottomDropIsLiftedAboveAnAcceptOfItsOwnPackets()
    {
        var diff = Diff([Live("MINE", Accept, "-i eth0 -j ACCEPT", "-i eth2 -j ACCEPT")], Want("MINE", bottom: [Drop]));
        Assert.Equal([$"-I MINE 2 {Own("r1", Drop)}"], Plan(diff));
    }

    [Fact]
    public void AnUnreadableTableIsNeitherEmptyNorWrittenTo()
    {
        var actual = RulesetParser.Parse(Family.Ipv4, "# Table `filter' is incompatible, use 'nft' tool.\n");
        var diff = RulesetDiff.Between(new(Family.Ipv4, [Want("FORWARD", top: [Drop])]), actual);
        Is(diff, "unreadable FORWARD");
        Assert.True(RulesetPlan.For(diff).IsEmpty);
    }

    [Fact]
    public void AFlushedChainComesBackInOneStepForEachRule()
    {
        var diff = Diff([Live("MINE")], Want("MINE", top: [Drop, Accept], bottom: ["-j DROP"]));
        Is(diff, "missing MINE r1", "missing MINE r2", "missing MINE r3");
        Assert.Equal([$"-A MINE {Own("r1", Drop)}", $"-A MINE {Own("r2", Accept)}", $"-A MINE {Own("r3", "-j DROP")}"], Plan(diff));
    }
}
