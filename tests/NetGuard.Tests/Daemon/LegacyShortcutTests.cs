using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Daemon;
using NetGuard.Tests.Xtables;
using NetGuard.Xtables;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>Readings of iptables-legacy without a process, held to those of iptables-legacy-save.</summary>
public sealed class LegacyShortcutTests
{
    public static TheoryData<Family> Families => [Family.Ipv4, Family.Ipv6];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Families))]
    public async Task AnyWorldIsReadAndPutRightAsTheToolsWouldHave(Family family)
    {
        await using var bench = await NetnsBench.Make(Backend.Legacy);
        var shortcut = new LegacyShortcut(family);
        await RandomWorlds.Any.SampleAsync(
            async any =>
            {
                var desired = new DesiredRuleset(family, any.Desired.Chains);
                var state = new DesiredState([desired], []);
                await bench.Load(family, any.LoadText());
                var broken = await LearnAsync(bench, shortcut, family, state);
                Same(desired, broken, shortcut.Read(state, await Live(bench, family)));

                await bench.Xtables.RestoreAsync(RulesetPlan.For(RulesetDiff.Between(desired, broken)), Cancel);
                var mended = await LearnAsync(bench, shortcut, family, state);

                // What has been seen in both states is known wherever it stands.
                await bench.Load(family, any.LoadText());
                Same(desired, broken, shortcut.Read(state, await Live(bench, family)));
                await bench.Xtables.RestoreAsync(RulesetPlan.For(RulesetDiff.Between(desired, broken)), Cancel);
                Same(desired, mended, shortcut.Read(state, await Live(bench, family)));
            },
            iter: 15, threads: 1, print: world => world.ToString());
    }

    [Fact]
    public async Task WhatIsNotKnownIsLeftToTheTools()
    {
        await using var bench = await NetnsBench.Make(Backend.Legacy);
        var shortcut = new LegacyShortcut(Family.Ipv4);
        var state = new DesiredState([new DesiredRuleset(Family.Ipv4, [new(ChainKey.Forward) { Top = [] }])], []);
        await bench.Load(Family.Ipv4, "*filter\n-A FORWARD -s 10.0.0.1/32 -j DROP\nCOMMIT\n");
        Assert.Null(shortcut.Read(state, await Live(bench, Family.Ipv4)));
        await LearnAsync(bench, shortcut, Family.Ipv4, state);
        Assert.NotNull(shortcut.Read(state, await Live(bench, Family.Ipv4)));

        await bench.Netns.Iptables(Backend.Legacy, Family.Ipv4, "-A", "FORWARD", "-s", "10.0.0.2", "-j", "DROP");
        Assert.Null(shortcut.Read(state, await Live(bench, Family.Ipv4)));
        await LearnAsync(bench, shortcut, Family.Ipv4, state);
        Assert.NotNull(shortcut.Read(state, await Live(bench, Family.Ipv4)));
        Assert.Null(shortcut.Read(state, null)); // The kernel does not say.
    }

    [Fact]
    public async Task ARuleWhoseBytesHoldTheNumberOfASetIsNeverKnown()
    {
        await using var bench = await NetnsBench.Make(Backend.Legacy);
        var shortcut = new LegacyShortcut(Family.Ipv4);
        var state = new DesiredState([new DesiredRuleset(Family.Ipv4, [new(ChainKey.Forward) { Top = [] }])], []);
        await bench.Netns.Output("ipset", ["create", "bad", "hash:ip"]);
        await bench.Netns.Iptables(Backend.Legacy, Family.Ipv4, "-A", "FORWARD", "-m", "set", "--match-set", "bad", "src", "-j", "DROP");
        await LearnAsync(bench, shortcut, Family.Ipv4, state);
        Assert.Null(shortcut.Read(state, await Live(bench, Family.Ipv4)));
    }

    private static async Task<Ruleset> LearnAsync(NetnsBench bench, LegacyShortcut shortcut, Family family, DesiredState state)
    {
        var before = await Live(bench, family);
        var told = await bench.Xtables.ReadAsync(family, Cancel);
        shortcut.Learn(state, told, before, await Live(bench, family));
        return told;
    }

    private static Task<IReadOnlyDictionary<ChainKey, NetGuard.Core.Snapshot.LegacyChain>?> Live(NetnsBench bench, Family family) =>
        bench.Netns.Inside(() => LegacyChains.Read(family));

    private static void Same(DesiredRuleset desired, Ruleset told, Ruleset? known)
    {
        Assert.NotNull(known);
        var (byTools, inProcess) = (RulesetDiff.Between(desired, told), RulesetDiff.Between(desired, known));
        Assert.Equal(byTools.Drifts, inProcess.Drifts);
        Assert.Equal(RulesetPlan.For(byTools).ToRestoreText(), RulesetPlan.For(inProcess).ToRestoreText());
        Assert.All(known.Chains, chain => Assert.Equal(told.Find(chain.Key)?.Policy, chain.Value.Policy));
    }
}
