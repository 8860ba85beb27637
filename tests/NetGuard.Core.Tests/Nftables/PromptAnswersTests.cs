using CsCheck;
using NetGuard.Core.Nftables;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Core.Tests.Nftables;

/// <summary>The answers that are made beforehand, held to those that are made when they are asked for.</summary>
public sealed class PromptAnswersTests
{
    private const uint Made = PromptWorlds.Generation + 1;

    [Fact]
    public void EachIsWhatWouldBeMadeWhenItIsAskedFor()
    {
        var answered = 0;
        RandomWorlds.Any.Sample(
            world =>
            {
                var known = PromptWorlds.Repaired(world);
                var answers = PromptAnswers.To(world.Desired, known, PromptWorlds.BodyOf);
                foreach (var (key, chain) in known.Chains)
                {
                    var breaks = chain.Handles.Select(handle => (Gone: new[] { handle }, Policy: (ChainPolicy?)null)).Append((chain.Handles, null)).ToList();
                    if (chain.Chain.Policy is { } policy)
                    {
                        breaks.Add(([], policy == ChainPolicy.Drop ? ChainPolicy.Accept : ChainPolicy.Drop));
                    }

                    foreach (var (gone, set) in breaks.Where(broken => broken.Gone.Length > 0 || broken.Policy is not null))
                    {
                        var told = PromptWorlds.Told(key, gone, set);
                        var wanted = PromptBatch.Of(world.Desired, known, PromptWorlds.Commit(world.Desired, known, told), Made, PromptWorlds.BodyOf);
                        var answer = answers.Find(told);
                        Assert.Equal(wanted is null ? null : Convert.ToHexString(wanted.End()), answer is null ? null : Convert.ToHexString(answer.Batch.For(Made)));
                        Assert.Equal(wanted?.LastSequence, answer?.Batch.LastSequence);
                        Assert.Equal(answer?.Commit.Removed.Select(rule => rule.Handle) ?? [], answer is null ? [] : gone);
                        Interlocked.Add(ref answered, answer is null ? 0 : 1);
                    }
                }
            },
            iter: 200);
        Assert.True(answered > 100, $"{answered}");
    }

    [Fact]
    public void WhatIsMoreOrLessOrOtherIsNotAnswered()
    {
        var user = ChainKey.DockerUser;
        var (desired, known) = PromptWorlds.Plain(user, ChainPolicy.Drop, "-s 192.0.2.1/32 -j DROP", "-s 192.0.2.2/32 -j DROP", "-s 192.0.2.3/32 -j DROP");
        var answers = PromptAnswers.To(desired, known, PromptWorlds.BodyOf);
        Assert.Equal(1 + 3, answers.Count);
        Assert.NotNull(answers.Find(PromptWorlds.Told(user, [1], null)));
        Assert.NotNull(answers.Find(PromptWorlds.Told(user, [1, 2, 3], null)));

        Assert.Null(answers.Find(PromptWorlds.Told(user, [1, 2], null)));
        Assert.Null(answers.Find(PromptWorlds.Told(user, [3, 2, 1], null))); // As one by one; the plan sees to it.
        Assert.Null(answers.Find(PromptWorlds.Told(user, [4], null)));
        Assert.Null(answers.Find(PromptWorlds.Told(ChainKey.Forward, [1], null)));
        Assert.Null(answers.Find(PromptWorlds.Told(new ChainKey(TableName.Nat, user.Chain), [1], null)));
        Assert.Null(answers.Find(PromptWorlds.Told(user, [1], null, Family.Ipv6)));
        Assert.Null(answers.Find([.. PromptWorlds.Told(user, [1], null), .. PromptWorlds.Told(ChainKey.Forward, [9], null)]));
        Assert.Null(answers.Find([.. PromptWorlds.Told(ChainKey.Forward, [9], null), .. PromptWorlds.Told(user, [1], null)]));
        Assert.Null(answers.Find(PromptWorlds.Told(user, [1, 2, 3], null).AsSpan()[..^1]));
        Assert.Null(answers.Find([.. PromptWorlds.Told(user, [1], null), 0]));
        Assert.Null(answers.Find([]));
    }

    [Fact]
    public void APolicyIsAnsweredOnlyWhereItIsTheOtherOne()
    {
        var forward = ChainKey.Forward;
        var (desired, known) = PromptWorlds.Plain(forward, ChainPolicy.Drop);
        var answers = PromptAnswers.To(desired, known, PromptWorlds.BodyOf);
        Assert.NotNull(answers.Find(PromptWorlds.Told(forward, [], ChainPolicy.Accept)));
        Assert.Null(answers.Find(PromptWorlds.Told(forward, [], ChainPolicy.Drop)));
        Assert.Null(answers.Find(PromptWorlds.Told(new ChainKey(TableName.Filter, new("INPUT")), [], ChainPolicy.Accept)));
    }

    [Fact]
    public void OfLongChainsNoneIsMadeBeforehand()
    {
        var (desired, known) = PromptWorlds.Plain(ChainKey.DockerUser, null, [.. Enumerable.Range(0, 65).Select(i => $"-s 192.0.2.{i}/32 -j DROP")]);
        Assert.Equal(0, PromptAnswers.To(desired, known, PromptWorlds.BodyOf).Count);
    }
}
