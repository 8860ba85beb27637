using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Core.Tests.Repair;

public sealed class RepairPropertyTests
{
    [Fact]
    public void AnyWorldIsPutRightByOnePlanThatLeavesStrangersAlone() => RandomWorlds.Any.Sample(
        world =>
        {
            var kernel = new FakeTables();
            kernel.Load(world.LoadText());
            var before = kernel.Save(counters: true);
            var diff = RulesetDiff.Between(world.Desired, RulesetParser.Parse(world.Desired.Family, before));
            var plan = RulesetPlan.For(diff);
            Assert.Equal(diff.Chains.Count == 0, diff.Drifts.Count == 0);
            Assert.Equal(diff.Chains.Count == 0, plan.IsEmpty);
            kernel.Restore(plan.ToRestoreText());
            new RepairFacts(world, diff, before, kernel.Save(counters: true)).HoldAll();
        },
        iter: 4_000, print: world => world.ToString());
}
