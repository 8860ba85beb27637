using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Daemon;
using Xunit;

namespace NetGuard.Tests.Daemon;

public sealed class ReconcilerTests
{
    private const string Drop = "-i eth0 -j DROP";
    private const string Set = "-m set --match-set banned src -j DROP";

    private readonly FakeXtables _xtables = new();
    private readonly ImpatientTime _time = new();

    private Task<Outcome> Reconcile(params DesiredChain[] chains) => Reconciler().ReconcileAsync(State(chains), TestContext.Current.CancellationToken);

    private Reconciler Reconciler() => new(_xtables, new SysctlGuard(new FakeSysctls(), () => SysctlFileSet.Empty), _time);

    private static DesiredState State(params DesiredChain[] chains) => new([new(Family.Ipv4, [.. chains])], []);

    private IEnumerable<string> Rules(string chain) =>
        LiveRule.In(_xtables.Ipv4.Save(counters: true)).Where(r => r.Chain == chain).Select(r => r.Rule.Body);

    private void Stranger(string line) => _xtables.Ipv4.Restore($"*filter\n{line}\nCOMMIT\n");

    private static IEnumerable<(DriftKind, string?)> Kinds(IEnumerable<Drift> drifts) => drifts.Select(d => (d.Kind, d.Rule));

    [Fact]
    public async Task WhatIsReadBackCountsAsRepaired()
    {
        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Equal([(DriftKind.Missing, "r1")], Kinds(outcome.Repaired));
        Assert.True(outcome.InSync);
        Assert.Empty(outcome.Failures);
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public async Task NothingIsWrittenWhereNothingDrifted()
    {
        await Reconcile(World.Want("FORWARD", top: [Drop]));
        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Empty(outcome.Repaired);
        Assert.Single(_xtables.Restores);
    }

    [Fact]
    public async Task SuccessWithoutEffectIsNoRepairAndIsTriedAgainEverMoreSlowly()
    {
        for (var i = 0; i < 20; i++)
        {
            _xtables.RestoreFaults.Enqueue(RestoreFault.Lies);
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Empty(outcome.Repaired);
        Assert.Equal([(DriftKind.Missing, "r1")], Kinds(outcome.Remaining));
        Assert.Equal("ipv4: iptables-restore reports success, and 1 differences are still there", Assert.Single(outcome.Failures));
        Assert.InRange(_time.Waits.Count, 3, 6);
        Assert.Equal(_time.Waits.Order(), _time.Waits);
    }

    [Fact]
    public async Task ARepairThatWorksAtTheLastAttemptCounts()
    {
        for (var i = 0; i < 5; i++)
        {
            _xtables.RestoreFaults.Enqueue(RestoreFault.Lies);
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Equal([(DriftKind.Missing, "r1")], Kinds(outcome.Repaired));
        Assert.True(outcome.InSync);
    }

    [Fact]
    public async Task AStrangersInsertionBetweenReadAndWriteIsHealedInTheNextRound()
    {
        _xtables.BeforeRestore.Enqueue(() => Stranger("-I FORWARD -j ACCEPT"));
        Stranger("-A FORWARD -i lo -j ACCEPT\n-A FORWARD -o lo -j ACCEPT");

        // The DROP would stand second of the bottom's, had the stranger not come.
        var outcome = await Reconcile(World.Want("FORWARD", top: ["-o eth9 -j DROP"], bottom: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal("-o eth9 -j DROP", Rules("FORWARD").First());
        Assert.Equal(["-j ACCEPT", "-i lo -j ACCEPT", "-o lo -j ACCEPT"], Rules("FORWARD").Where(r => r.EndsWith("ACCEPT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ARuleThatVanishesBetweenReadAndWriteIsNoMatter()
    {
        Stranger($"-A FORWARD {World.Own("gone", "-j LOG")}");
        _xtables.BeforeRestore.Enqueue(() => Stranger("-F FORWARD"));
        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal([Drop], Rules("FORWARD"));
    }

    [Fact]
    public async Task AChainThatVanishesBetweenReadAndWriteIsMadeAnew()
    {
        Stranger("-N MINE\n-A MINE -i lo -j ACCEPT");
        _xtables.BeforeRestore.Enqueue(() => Stranger("-F MINE\n-X MINE"));
        var outcome = await Reconcile(World.Want("MINE", top: [Drop]), World.Want("FORWARD", top: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal([Drop], Rules("MINE"));
        Assert.Equal([Drop], Rules("FORWARD"));
    }

    [Fact]
    public async Task AChainThatSomebodyElseMakesInTheMeantimeIsNotEmptied()
    {
        _xtables.BeforeRestore.Enqueue(() => Stranger("-N MINE\n-A MINE -i lo -j ACCEPT"));
        var outcome = await Reconcile(World.Want("MINE", top: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal([Drop, "-i lo -j ACCEPT"], Rules("MINE"));
    }

    [Fact]
    public async Task ARuleWhoseSetIsGoneIsUnavailableAndKeepsNoOtherOut()
    {
        _xtables.Ipv4.Refuses = rule => rule.Contains("--match-set banned", StringComparison.Ordinal) ? "Set banned doesn't exist." : null;
        var outcome = await Reconcile(World.Want("FORWARD", top: [Set, Drop], bottom: ["-o eth1 -j DROP"]), World.Want("INPUT", top: [Drop]));
        Assert.Equal([Drop, "-o eth1 -j DROP"], Rules("FORWARD"));
        Assert.Equal([Drop], Rules("INPUT"));
        var drift = Assert.Single(outcome.Remaining);
        Assert.Equal((DriftKind.Unavailable, "r1", Set, ChainKey.Forward), (drift.Kind, drift.Rule, drift.Expected, drift.Chain));
        Assert.Contains("Set banned doesn't exist.", drift.Note, StringComparison.Ordinal);
        Assert.Equal(3, outcome.Repaired.Count);
        Assert.DoesNotContain(outcome.Repaired, d => d.Expected == Set);
    }

    [Fact]
    public async Task ManyRulesOfAGoneSetKeepNoOtherOut()
    {
        _xtables.Ipv4.Refuses = rule => rule.Contains("--match-set banned", StringComparison.Ordinal) ? "Set banned doesn't exist." : null;
        var sets = Enumerable.Range(1, 12).Select(i => $"-i eth{i} {Set}").ToArray();
        var outcome = await Reconcile(World.Want("FORWARD", top: [.. sets, Drop]));
        Assert.Equal([Drop], Rules("FORWARD"));
        Assert.Equal(12, outcome.Remaining.Count);
    }

    [Fact]
    public async Task ADeclarationThatBecameTwoRulesIsUnavailableAsAWhole()
    {
        _xtables.Ipv4.Refuses = rule => rule.Contains("--match-set banned", StringComparison.Ordinal) ? "Set banned doesn't exist." : null;
        var chain = World.Want("FORWARD") with { Top = [World.Rule("twice", $"-s 1.1.1.1/32 {Set}"), World.Rule("twice", $"-s 2.2.2.2/32 {Set}"), World.Rule("drop", Drop)] };
        var outcome = await Reconcile(chain);
        Assert.Equal([Drop], Rules("FORWARD"));
        Assert.Equal(2, outcome.Remaining.Count);
    }

    [Fact]
    public async Task ARuleThatTheKernelRefusesWithoutNamingALineKeepsNoOtherOut()
    {
        // As iptables-legacy does: the line that it names is COMMIT's.
        _xtables.Ipv4.RefusesAtCommit = rule => rule.Contains("--uid-owner", StringComparison.Ordinal);
        var outcome = await Reconcile(World.Want("FORWARD", top: ["-i a -j DROP", "-m owner --uid-owner 0 -j DROP", "-i b -j DROP", "-i c -j DROP"]));
        Assert.Equal(["-i a -j DROP", "-i b -j DROP", "-i c -j DROP"], Rules("FORWARD"));
        Assert.Equal([(DriftKind.Unavailable, "r2")], Kinds(outcome.Remaining));
    }

    [Fact]
    public async Task AFailedReadIsUnreadableAndNothingIsWritten()
    {
        for (var i = 0; i < 20; i++)
        {
            _xtables.ReadFaults.Enqueue("iptables-save: killed");
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Equal([(DriftKind.Unreadable, null)], Kinds(outcome.Remaining));
        Assert.Empty(outcome.Repaired);
        Assert.Empty(_xtables.Restores);
        Assert.Equal("ipv4: iptables-save: killed", Assert.Single(outcome.Failures));
    }

    [Fact]
    public async Task AReadThatFailsOnceIsTriedAgain()
    {
        _xtables.ReadFaults.Enqueue("iptables-save: killed");
        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal([(DriftKind.Missing, "r1")], Kinds(outcome.Repaired));
    }

    [Fact]
    public async Task ARepairThatCannotBeReadBackDoesNotCount()
    {
        _xtables.ReadFaults.Enqueue(null);
        for (var i = 0; i < 20; i++)
        {
            _xtables.ReadFaults.Enqueue("iptables-save: killed");
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Empty(outcome.Repaired);
        Assert.Equal([(DriftKind.Unreadable, null)], Kinds(outcome.Remaining));
    }

    [Fact]
    public async Task ALockThatIsHeldForAMomentIsWaitedFor()
    {
        _xtables.RestoreFaults.Enqueue(RestoreFault.Locked);
        _xtables.RestoreFaults.Enqueue(RestoreFault.Locked);
        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.True(outcome.InSync);
        Assert.Equal(2, _time.Waits.Count);
    }

    [Fact]
    public async Task WhatCannotBeRepairedIsReportedInTheToolsWords()
    {
        for (var i = 0; i < 40; i++)
        {
            _xtables.RestoreFaults.Enqueue(RestoreFault.Fails);
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop], policy: ChainPolicy.Drop));
        Assert.Equal([(DriftKind.Policy, null), (DriftKind.Missing, "r1")], Kinds(outcome.Remaining));
        Assert.Equal("ipv4: iptables-restore: ended with 1 and said nothing", Assert.Single(outcome.Failures));
    }

    [Fact]
    public async Task ARuleThatStandsAtAnotherWrongPlaceByNowIsNotRepaired()
    {
        Stranger("-A FORWARD -i lo -j ACCEPT");
        Stranger($"-A FORWARD {World.Own("r1", Drop)}");
        for (var i = 0; i < 20; i++)
        {
            _xtables.RestoreFaults.Enqueue(RestoreFault.Lies);
            _xtables.BeforeRestore.Enqueue(() => Stranger("-I FORWARD -i lo -j ACCEPT"));
        }

        var outcome = await Reconcile(World.Want("FORWARD", top: [Drop]));
        Assert.Empty(outcome.Repaired);
        Assert.Equal([(DriftKind.Misplaced, "r1")], Kinds(outcome.Remaining));
    }

    [Fact]
    public async Task AnAssessmentChangesNothing()
    {
        var assessment = await Reconciler().AssessAsync(State(World.Want("FORWARD", top: [Drop])), TestContext.Current.CancellationToken);
        Assert.Equal([(DriftKind.Missing, "r1")], Kinds(assessment.Drifts));
        Assert.Equal(
            [$"iptables-nft -t filter -A FORWARD {World.Own("r1", Drop).Replace("\"", "", StringComparison.Ordinal)}"], assessment.PlanLines("-nft"));
        Assert.Empty(_xtables.Restores);
    }
}
