using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Core.Tests.Repair;

/// <summary>Taking back what NetGuard changed, on a model of iptables-restore.</summary>
public sealed class RulesetUndoTests
{
    private static readonly string[] StrangersRules = ["-i eth7 -j ACCEPT", "-i eth8 -j DROP", "-j ACCEPT", "-i eth0 -j DROP", "-j RETURN"];

    private static Gen<World> Worlds => RandomWorlds.Any;

    // Where a stranger puts a rule in, or takes one of his own out: numbers that are taken modulo what is there.
    private static Gen<(int Chain, int Place, int Rule)[]> Edits => Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99], Gen.Int[0, 9]).Array[0, 8];

    [Fact]
    public void WhereNobodyElseChangedAnythingAllIsAsItWas() => Worlds.Sample(
        world =>
        {
            var (kernel, before, undo) = Applied(world);
            var plan = undo.PlanFor(Read(kernel), new HashSet<string>());
            Assert.Empty(plan.Left);
            kernel.Restore(plan.Plan.ToRestoreText());
            var (was, now) = (LiveRule.In(before), LiveRule.In(kernel.Save(counters: true)));
            Assert.Equal(WithoutCounters(before), WithoutCounters(kernel.Save(counters: true)));

            // Of two of NetGuard's rules with one text, a repair may have had to renew both.
            bool IsSingle(LiveRule rule) => was.Count(r => r.Chain == rule.Chain && r.Rule.Text == rule.Rule.Text) == 1;
            Assert.Equal(was.Where(IsSingle).Select(r => r.ToString()), now.Where(IsSingle).Select(r => r.ToString()));
        },
        iter: 4_000, print: world => world.ToString());

    [Fact]
    public void WhatOthersChangedMeanwhileStays() => Gen.Select(Worlds, Edits).Sample(
        (world, edits) =>
        {
            var (kernel, before, undo) = Applied(world);
            Edit(kernel, edits);
            var live = kernel.Save(counters: true);
            var plan = undo.PlanFor(Read(kernel), new HashSet<string>());
            kernel.Restore(plan.Plan.ToRestoreText());
            var after = kernel.Save(counters: true);
            var exclusive = world.Desired.Chains.Where(chain => chain.Exclusive).Select(chain => chain.Key.Chain.Value).ToHashSet();

            // To the last counter, and in its order; in an exclusive chain what had been taken out has come besides.
            Assert.Equal(Strangers(live, exclusive), Strangers(after, exclusive));
            foreach (var chain in exclusive)
            {
                var left = LiveRule.In(after).Where(r => r.Chain == chain).Select(r => r.ToString()).ToList();
                Assert.All(LiveRule.In(live).Where(r => r.Chain == chain && !r.Rule.IsOwned), rule => Assert.Contains(rule.ToString(), left));
            }

            // Nobody else touched NetGuard's own: they are what they were.
            Assert.Empty(plan.Left);
            Assert.Equal(Owned(before), Owned(after));
            Assert.True(plan.IsDoneIn(Read(kernel)));

            // A rule that only gets back what it had counted is there before, too.
            var taken = plan.Plan.Steps.OfType<DeleteRule>().Select(step => step.Rule.Text).Order(StringComparer.Ordinal);
            var put = plan.Plan.Steps.Where(step => step.PutsRule is not null).Select(step => step is InsertRule insert ? insert.Rule.Text : ((AppendRule)step).Rule.Text);
            Assert.True(
                plan.Plan.IsEmpty == plan.IsDoneIn(RulesetParser.Parse(Family.Ipv4, live)) || taken.SequenceEqual(put.Order(StringComparer.Ordinal)), plan.Plan.ToString());
        },
        iter: 4_000, print: x => $"{x.Item1}\nedits: {string.Join(' ', x.Item2)}");

    [Fact]
    public void ARuleComesBackBehindTheRuleThatItStoodBehind()
    {
        var undo = Undo("-A FORWARD -i a -j ACCEPT", $"-A FORWARD {World.Own("mine", "-i b -j DROP")}", "-A FORWARD -i c -j ACCEPT");
        var kernel = Kernel("-A FORWARD -i new -j LOG", "-A FORWARD -i a -j ACCEPT", "-A FORWARD -i other -j LOG", "-A FORWARD -i c -j ACCEPT");
        kernel.Restore(undo.PlanFor(Read(kernel), new HashSet<string>()).Plan.ToRestoreText());
        Assert.Equal(["-i new -j LOG", "-i a -j ACCEPT", "-i b -j DROP", "-i other -j LOG", "-i c -j ACCEPT"], LiveRule.In(kernel.Save(counters: true)).Select(r => r.Rule.Body));
    }

    [Fact]
    public void OfTwoAlikeRulesTheOneThatStayedIsNotTakenForTheOther()
    {
        var (was, became) = (Kernel("-N A", "-A A -i b -j DROP", "-A A -j DROP", "-A A -i b -j DROP", "-A A -j ACCEPT"), Kernel("-N A", "-A A -j DROP", "-A A -i b -j DROP"));
        var undo = new RulesetUndo(Read(was), Read(became), new HashSet<ChainKey>(), new HashSet<ChainKey> { new(TableName.Filter, new("A")) });
        Assert.Equal(["-I A -i b -j DROP", "-A A -j ACCEPT"], undo.PlanFor(Read(became), new HashSet<string>()).Plan.Steps.Select(step => step.Line));
    }

    [Fact]
    public void WhatCannotComeBackIsSaid()
    {
        var undo = Undo("-N X", $"-A FORWARD {World.Own("mine", "-j X")}", $"-A X {World.Own("inner", "-j DROP")}");
        var kernel = Kernel();
        var plan = undo.PlanFor(Read(kernel), new HashSet<string>());
        Assert.True(plan.Plan.IsEmpty);
        Assert.Equal(["FORWARD: -j X does not come back: there is no chain X any more", "X is gone: what stood in it does not come back"], plan.Left);
        kernel.Restore("*filter\n-N X\nCOMMIT\n");
        plan = undo.PlanFor(Read(kernel), new HashSet<string> { World.Own("inner", "-j DROP") });
        Assert.Equal(["X: -j DROP does not come back: the kernel does not take it any more"], plan.Left);
        Assert.Equal([$"-A FORWARD {World.Own("mine", "-j X")}"], plan.Plan.Steps.Select(step => step.Line));
    }

    [Fact]
    public void AChainThatSomebodyElseUsesByNowStays()
    {
        var kernel = Kernel();
        var before = Read(kernel);
        kernel.Restore($"*filter\n-N X\n-A X {World.Own("mine", "-j DROP")}\nCOMMIT\n");
        var undo = new RulesetUndo(before, Read(kernel), new HashSet<ChainKey> { new(TableName.Filter, new("X")) }, new HashSet<ChainKey>());
        Assert.Equal(["-D X " + World.Own("mine", "-j DROP"), "-X X"], undo.PlanFor(Read(kernel), new HashSet<string>()).Plan.Steps.Select(step => step.Line));
        kernel.Restore("*filter\n-A FORWARD -i eth9 -j X\nCOMMIT\n");
        Assert.Equal(["-D X " + World.Own("mine", "-j DROP")], undo.PlanFor(Read(kernel), new HashSet<string>()).Plan.Steps.Select(step => step.Line));
    }

    private static RulesetUndo Undo(params string[] before)
    {
        var (was, became) = (Kernel(before), Kernel([.. before.Where(line => line.StartsWith("-N", StringComparison.Ordinal) || !line.Contains("netguard:", StringComparison.Ordinal))]));
        return new(Read(was), Read(became), new HashSet<ChainKey>(), new HashSet<ChainKey>());
    }

    private static FakeTables Kernel(params string[] lines)
    {
        var kernel = new FakeTables();
        kernel.Restore($"*filter\n{string.Concat(lines.Select(line => line + '\n'))}COMMIT\n");
        return kernel;
    }

    private static (FakeTables Kernel, string Before, RulesetUndo Undo) Applied(World world)
    {
        var kernel = new FakeTables();
        kernel.Load(world.LoadText());
        var before = kernel.Save(counters: true);
        kernel.Restore(RulesetPlan.For(RulesetDiff.Between(world.Desired, Read(kernel))).ToRestoreText());
        var exclusive = world.Desired.Chains.Where(chain => chain.Exclusive).Select(chain => chain.Key).ToHashSet();
        return (kernel, before, new(RulesetParser.Parse(Family.Ipv4, before), Read(kernel), world.Desired.Chains.Select(chain => chain.Key).ToHashSet(), exclusive));
    }

    private static void Edit(FakeTables kernel, IEnumerable<(int Chain, int Place, int Rule)> edits)
    {
        foreach (var (at, place, rule) in edits)
        {
            var chains = Read(kernel).Tables.Single().Chains;
            var chain = chains[at % chains.Count];
            var strangers = chain.Rules.Where(r => !r.IsOwned).ToList();
            var line = rule < StrangersRules.Length ? $"[{place + 1}:1] -I {chain.Name} {(place % (chain.Rules.Count + 1)) + 1} {StrangersRules[rule]}"
                : strangers.Count > 0 ? $"-D {chain.Name} {strangers[place % strangers.Count].Text}"
                : "";
            kernel.Restore($"*filter\n{line}\nCOMMIT\n");
        }
    }

    private static Ruleset Read(FakeTables kernel) => RulesetParser.Parse(Family.Ipv4, kernel.Save(counters: true));

    private static string WithoutCounters(string save) => string.Join('\n', save.Split('\n').Select(line => line.StartsWith('[') ? line[(line.IndexOf(']', StringComparison.Ordinal) + 2)..] : line));

    private static List<string> Strangers(string save, HashSet<string> exclusive) =>
        [.. LiveRule.In(save).Where(r => !r.Rule.IsOwned && !exclusive.Contains(r.Chain)).OrderBy(r => r.Chain, StringComparer.Ordinal).Select(r => r.ToString())];

    private static List<string> Owned(string save) =>
        [.. LiveRule.In(save).Where(r => r.Rule.IsOwned).Select(r => $"{r.Chain} {r.Rule.Text}").Order(StringComparer.Ordinal)];
}
