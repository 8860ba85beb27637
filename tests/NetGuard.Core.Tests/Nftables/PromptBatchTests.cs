using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Nftables;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using Xunit;
using static NetGuard.Core.Tests.Nftables.PromptWorlds;

namespace NetGuard.Core.Tests.Nftables;

/// <summary>The answer without a plan, held to the plan.</summary>
public sealed class PromptBatchTests
{
    // Which chain loses which of its rules, all where there is no number, and which policy is set.
    private static Gen<(int Chain, int[] Rules, ChainPolicy? Policy)> Breaks => Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, 9].Array[0, 3], Gen.Int[0, 3].Select(i => i < 2 ? (ChainPolicy?)null : i == 2 ? ChainPolicy.Accept : ChainPolicy.Drop));

    [Fact]
    public void ItSaysWhatThePlanSays()
    {
        var answered = 0;
        Gen.Select(RandomWorlds.Any, Breaks).Sample(
            (world, broken) =>
            {
                var known = Repaired(world);
                var (key, chain) = known.Chains.OrderBy(each => each.Key.ToString(), StringComparer.Ordinal).ElementAt(broken.Chain % known.Chains.Count);
                var gone = broken.Rules.Length == 0 ? chain.Handles
                    : chain.Handles.Length == 0 ? []
                    : broken.Rules.Select(i => chain.Handles[i % chain.Handles.Length]).Distinct().ToArray();
                var commit = Commit(world.Desired, known, Told(key, gone, chain.Chain.Policy is null ? null : broken.Policy));
                if (!commit.Concerns || PromptBatch.Of(world.Desired, known, commit, Generation + 1, BodyOf) is not { } prompt)
                {
                    return;
                }

                var after = known.After(commit, Generation + 1)!;
                var plan = RulesetPlan.For(RulesetDiff.Between(world.Desired, after.ToRuleset()));
                Assert.Equal(Convert.ToHexString(PlanBatch.Of(plan, after, BodyOf)!.End()), Convert.ToHexString(prompt.End()));
                Interlocked.Increment(ref answered);
            },
            iter: 4_000, print: x => $"{x.Item1}\nbroken: {x.Item2.Chain}, {string.Join(' ', x.Item2.Rules)}, {x.Item2.Policy}");
        Assert.True(answered > 300, $"{answered}");
    }

    [Fact]
    public void WhereAJumpWasTakenOutAPlanIsMade()
    {
        var desired = new DesiredRuleset(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-j DROP"])]);
        var (forward, user) = (ChainKey.Forward, ChainKey.DockerUser);
        var known = new KnownRuleset(Family.Ipv4, Generation, new Dictionary<ChainKey, KnownChain>
        {
            [forward] = new(new(forward.Chain, ChainPolicy.Accept, [RuleOf("-j DOCKER-USER")]), [1]),
            [user] = new(new(user.Chain, null, [desired.Chains[0].Top[0].Rule]), [2]),
        });
        Assert.Null(PromptBatch.Of(desired, known, Commit(desired, known, Told(forward, [1], null)), Generation + 1, BodyOf));
        Assert.NotNull(PromptBatch.Of(desired, known, Commit(desired, known, Told(user, [2], null)), Generation + 1, BodyOf));
        Assert.Null(PromptBatch.Of(desired, known, Commit(desired, known, Told(user, [3], null)), Generation + 1, BodyOf)); // A rule that nobody knew.
        Assert.Null(PromptBatch.Of(desired, known, Commit(desired, known, Told(user, [2], null)), Generation + 1, _ => null));
        Assert.Null(PromptBatch.Of(desired, known, Commit(desired, known, Told(forward, [], ChainPolicy.Drop)), Generation + 1, BodyOf)); // Nobody declared one.
    }

    // Other chains are arranged by whether a packet's way may end here with a pass.
    [Theory]
    [InlineData("-j RETURN", true)]
    [InlineData("-j DROP", true)]
    [InlineData("-s 192.0.2.9/32", true)]
    [InlineData("-j ACCEPT", false)]
    [InlineData("-j DOCKER", false)]
    [InlineData("-j NFQUEUE --queue-num 0", false)]
    public void WithAStrangersRuleGoneAPlanIsMadeWhereThatMayHaveAccepted(string strangers, bool isPrompt)
    {
        var user = ChainKey.DockerUser;
        var (desired, known) = Plain(user, null, "-s 192.0.2.1/32 -j DROP");
        var chain = known.Chains[user];
        known = known with { Chains = new Dictionary<ChainKey, KnownChain> { [user] = new(chain.Chain with { Rules = [.. chain.Chain.Rules, RuleOf(strangers)] }, [1, 2]) } };
        Assert.Equal(isPrompt, PromptBatch.Of(desired, known, Commit(desired, known, Told(user, [1, 2], null)), Generation + 1, BodyOf) is not null);
    }

    private static Rule RuleOf(string text) => RulesetParser.Parse(Family.Ipv4, $"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD {text}\nCOMMIT\n").Find(ChainKey.Forward)!.Rules[0];
}
