using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Tests.Xtables;

/// <summary>How the tables behave under a plan's text, on the fake and on the tools, in both families.</summary>
public abstract class XtablesContract
{
    private const string Start =
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:MINE - [0:0]\n:EMPTY - [0:0]\n"
        + "[1:60] -A FORWARD -i a -j ACCEPT\n[2:120] -A FORWARD -i b -j ACCEPT\n[3:180] -A FORWARD -i a -j ACCEPT\n[4:240] -A MINE -i c -j DROP\nCOMMIT\n";

    private static readonly ChainKey Forward = ChainKey.Forward;
    private static readonly ChainKey Mine = new(TableName.Filter, new("MINE"));
    private static readonly ChainKey New = new(TableName.Filter, new("NEW"));
    private static readonly ChainKey Empty = new(TableName.Filter, new("EMPTY"));

    public static TheoryData<Family> Families => [Family.Ipv4, Family.Ipv6];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<IBench> Make();

    private static Task Restore(IBench bench, Family family, params RepairStep[] steps) =>
        bench.Xtables.RestoreAsync(new(family, [.. steps]), Cancel);

    private static async Task<string[]> Rules(IBench bench, Family family) => [.. LiveRule.In(await bench.Dump(family)).Select(r => r.ToString())];

    private async Task After(Family family, RepairStep[] steps, params string[] expected)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        await Restore(bench, family, steps);
        Assert.Equal(expected, await Rules(bench, family));
    }

    // The tools name the line, one of them that of COMMIT where only the kernel refuses.
    private async Task Refused(Family family, int? line, params RepairStep[] steps)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        var before = await Rules(bench, family);
        var failure = await Assert.ThrowsAsync<XtablesException>(() => Restore(bench, family, steps));
        Assert.Equal(before, await Rules(bench, family));
        Assert.Equal(await bench.Xtables.ReadAsync(family, Cancel), await bench.Xtables.ReadAsync(family, Cancel));
        Assert.Equal(line ?? failure.Line, failure.Line);
        Assert.False(failure.IsTransient);
    }

    [Theory, MemberData(nameof(Families))]
    public Task AnInsertedRuleStandsAtItsPlaceAndStrangersGoOnCounting(Family family) => After(
        family,
        [new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new InsertRule(Forward, 3, "n", new("-i y -j DROP")), new AppendRule(Forward, "n", new("-i z -j DROP"))],
        "[0:0] -A FORWARD -i x -j DROP", "[1:60] -A FORWARD -i a -j ACCEPT", "[0:0] -A FORWARD -i y -j DROP", "[2:120] -A FORWARD -i b -j ACCEPT",
        "[3:180] -A FORWARD -i a -j ACCEPT", "[0:0] -A FORWARD -i z -j DROP", "[4:240] -A MINE -i c -j DROP");

    [Theory, MemberData(nameof(Families))]
    public Task AnInsertionMayStandRightBehindTheLastRule(Family family) => After(
        family, [new InsertRule(Forward, 4, "n", new("-i x -j DROP"))],
        "[1:60] -A FORWARD -i a -j ACCEPT", "[2:120] -A FORWARD -i b -j ACCEPT", "[3:180] -A FORWARD -i a -j ACCEPT", "[0:0] -A FORWARD -i x -j DROP", "[4:240] -A MINE -i c -j DROP");

    [Theory, MemberData(nameof(Families))]
    public Task ADeletionTakesTheFirstOfEqualRules(Family family) => After(
        family, [new DeleteRule(Forward, new("-i a -j ACCEPT"))],
        "[2:120] -A FORWARD -i b -j ACCEPT", "[3:180] -A FORWARD -i a -j ACCEPT", "[4:240] -A MINE -i c -j DROP");

    [Theory, MemberData(nameof(Families))]
    public async Task AChainIsMadeFilledJumpedToAndTakenAwayAgain(Family family)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        await Restore(bench, family, new CreateChain(New), new AppendRule(New, "n", new("-j DROP")), new AppendRule(Forward, "n", new("-j NEW")));
        Assert.Equal("-j DROP", (await bench.Xtables.ReadAsync(family, Cancel)).Find(New)?.Rules.Single().Text);
        await Restore(bench, family, new DeleteRule(Forward, new("-j NEW")), new DeleteRule(New, new("-j DROP")), new RemoveChain(New));
        Assert.Null((await bench.Xtables.ReadAsync(family, Cancel)).Find(New));
    }

    [Theory, MemberData(nameof(Families))]
    public async Task APolicyIsSetAndEverythingElseStays(Family family)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        var before = await Rules(bench, family);
        await Restore(bench, family, new SetPolicy(Forward, ChainPolicy.Drop));
        var ruleset = await bench.Xtables.ReadAsync(family, Cancel);
        Assert.Equal(ChainPolicy.Drop, ruleset.Find(Forward)!.Policy);
        Assert.Equal(ChainPolicy.Accept, ruleset.Find(new(TableName.Filter, new("INPUT")))!.Policy);
        Assert.Equal(before, await Rules(bench, family));
    }

    [Theory, MemberData(nameof(Families))]
    public Task ADeletionOfWhatIsNotThereFails(Family family) =>
        Refused(family, 3, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new DeleteRule(Forward, new("-i nowhere -j ACCEPT")));

    [Theory, MemberData(nameof(Families))]
    public Task AnInsertionBeyondTheEndFails(Family family) =>
        Refused(family, 3, new DeleteRule(Forward, new("-i a -j ACCEPT")), new InsertRule(Forward, 9, "n", new("-i x -j DROP")));

    [Theory, MemberData(nameof(Families))]
    public Task MakingAChainThatExistsFailsAndDoesNotEmptyIt(Family family) =>
        Refused(family, 3, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new CreateChain(Mine));

    [Theory, MemberData(nameof(Families))]
    public Task ARuleForAMissingChainFails(Family family) =>
        Refused(family, 3, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new AppendRule(New, "n", new("-j DROP")));

    [Theory, MemberData(nameof(Families))]
    public Task AJumpToAMissingChainFails(Family family) =>
        Refused(family, null, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new AppendRule(Forward, "n", new("-j NEW")));

    [Theory, MemberData(nameof(Families))]
    public Task JumpsInACircleFail(Family family) =>
        Refused(family, null, new AppendRule(Empty, "n", new("-j MINE")), new AppendRule(Mine, "n", new("-j EMPTY")), new AppendRule(Forward, "n", new("-j MINE")));

    [Theory, MemberData(nameof(Families))]
    public Task APolicyOnAUserMadeChainFails(Family family) =>
        Refused(family, 3, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new SetPolicy(Mine, ChainPolicy.Drop));

    [Theory, MemberData(nameof(Families))]
    public Task TakingAwayAChainWithRulesFails(Family family) =>
        Refused(family, null, new InsertRule(Forward, 1, "n", new("-i x -j DROP")), new RemoveChain(Mine));

    [Theory, MemberData(nameof(Families))]
    public Task TakingAwayAChainThatIsJumpedToFails(Family family) =>
        Refused(family, null, new InsertRule(Forward, 1, "n", new("-j EMPTY")), new RemoveChain(Empty));

    [Theory, MemberData(nameof(Families))]
    public async Task AFailureInOneTableLeavesWhatWasCommittedBefore(Family family)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        var failure = await Assert.ThrowsAsync<XtablesException>(() => Restore(
            bench, family,
            new InsertRule(Forward, 1, "n", new("-i x -j DROP")),
            new AppendRule(new(TableName.Raw, new("PREROUTING")), "n", new("-i x -j DROP")),
            new DeleteRule(new(TableName.Raw, new("PREROUTING")), new("-i nowhere -j DROP"))));
        Assert.Equal(6, failure.Line);
        Assert.Contains("[0:0] -A FORWARD -i x -j DROP", await Rules(bench, family));
        Assert.DoesNotContain("[0:0] -A PREROUTING -i x -j DROP", await Rules(bench, family));
    }

    [Theory, MemberData(nameof(Families))]
    public async Task AnEmptyKernelHasNoTablesAndItsBuiltInChainsAccept(Family family)
    {
        await using var bench = await Make();
        var ruleset = await bench.Xtables.ReadAsync(family, Cancel);
        Assert.DoesNotContain(ruleset.Chains, c => c.Value.Rules.Count > 0);
        Assert.Empty(ruleset.Unreadable);
        Assert.Equal(ChainPolicy.Accept, ruleset.Find(Forward)!.Policy);
        await Restore(bench, family, new CreateChain(New), new AppendRule(Forward, "n", new("-j NEW")));
        Assert.Equal("-j NEW", (await bench.Xtables.ReadAsync(family, Cancel)).Find(Forward)!.Rules.Single().Text);
    }

    [Theory, MemberData(nameof(Families))]
    public async Task AFamilyIsReadWithoutTheOther(Family family)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        var other = await bench.Xtables.ReadAsync(family == Family.Ipv4 ? Family.Ipv6 : Family.Ipv4, Cancel);
        Assert.Null(other.Find(Mine));
    }

    [Theory, MemberData(nameof(Families))]
    public async Task ClearingTakesWhatIsNetGuardsAndNothingElse(Family family)
    {
        await using var bench = await Make();
        await bench.Load(family, Start);
        var before = await Rules(bench, family);
        var own = new Rule(World.Own("n", "-i x -j DROP"));
        await Restore(bench, family, new CreateChain(New), new InsertRule(Forward, 2, "n", own), new AppendRule(Mine, "n", own), new AppendRule(New, "n", own), new InsertRule(Forward, 1, "j", new(World.Own("j", "-j NEW"))));
        var plan = RulesetPlan.Clearing(await bench.Xtables.ReadAsync(family, Cancel), new HashSet<ChainKey> { New, Mine });
        await bench.Xtables.RestoreAsync(plan, Cancel);
        Assert.Equal(before, await Rules(bench, family));
        Assert.Null((await bench.Xtables.ReadAsync(family, Cancel)).Find(New));
        Assert.NotNull((await bench.Xtables.ReadAsync(family, Cancel)).Find(Mine));
    }
}
