using NetGuard.Daemon;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class TriggerQueueTests
{
    private readonly TriggerQueue _queue = new(TimeProvider.System);

    [Fact]
    public async Task WhatComesTogetherIsOneWake()
    {
        _queue.Post(Triggers.Kernel, new(1));
        _queue.Post(Triggers.Sysctl, new(2));
        _queue.Post(Triggers.Reload);
        var wake = await Next();
        Assert.Equal(Triggers.Kernel | Triggers.Sysctl | Triggers.Reload, wake.Triggers);
        Assert.Equal([1L, 2L], wake.Changes.Select(change => change.ReceivedAt));
        Assert.Empty(_queue.Pending());
    }

    [Fact]
    public async Task AnAnswerThatFoundSomethingHoldsNothingUp()
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            _queue.Post(Triggers.Kernel);
            await Next();
            _queue.Answered(fruitless: false);
        }

        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task AStormThatBringsNothingIsAnsweredEverMoreSlowlyUpToALimit()
    {
        var start = TimeProvider.System.GetTimestamp();
        var answers = 0;
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(2))
        {
            _queue.Post(Triggers.Kernel);
            await Next();
            _queue.Answered(fruitless: true);
            answers++;
        }

        Assert.InRange(answers, 5, 30);
    }

    [Fact]
    public async Task AFloodKeepsTheLastChangesAndNoMemoryBeyond()
    {
        for (var i = 1; i <= 10_000; i++)
        {
            _queue.Post(Triggers.Kernel, new(i));
        }

        var wake = await Next();
        Assert.Equal(TriggerQueue.MaxChanges, wake.Changes.Count);
        Assert.Equal(10_000, wake.Changes[^1].ReceivedAt);
    }

    [Fact]
    public async Task WithoutAnyTheIntervalWakes() =>
        Assert.Equal(Triggers.Interval, (await _queue.NextAsync(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken)).Triggers);

    private Task<Wake> Next() => _queue.NextAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
