using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Tests.Xtables;

/// <summary>The properties of Core's RepairPropertyTests, on the real tools.</summary>
public sealed class RepairOnTheKernelTests
{
    [Theory]
    [InlineData(Backend.Nft, Family.Ipv4)]
    [InlineData(Backend.Nft, Family.Ipv6)]
    [InlineData(Backend.Legacy, Family.Ipv4)]
    [InlineData(Backend.Legacy, Family.Ipv6)]
    public async Task AnyWorldIsPutRightByOnePlanThatLeavesStrangersAlone(Backend backend, Family family)
    {
        await using var bench = await NetnsBench.Make(backend);
        var cancel = TestContext.Current.CancellationToken;
        await RandomWorlds.Any.SampleAsync(
            async any =>
            {
                var world = any with { Desired = new DesiredRuleset(family, any.Desired.Chains) };
                await bench.Load(family, world.LoadText());
                var before = await bench.Dump(family);
                Assert.Equal(
                    LiveRule.In(world.LoadText()).Select(r => r.ToString()).Order(StringComparer.Ordinal),
                    LiveRule.In(before).Select(r => r.ToString()).Order(StringComparer.Ordinal));
                var diff = RulesetDiff.Between(world.Desired, await bench.Xtables.ReadAsync(family, cancel));
                await bench.Xtables.RestoreAsync(RulesetPlan.For(diff), cancel);
                new RepairFacts(world, diff, before, await bench.Dump(family)).HoldAll();
            },
            iter: 25, threads: 1, print: world => world.ToString());
    }
}
