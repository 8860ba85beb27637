using NetGuard.Daemon;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class TriggerQueueTests
{
    private readonly TriggerQueue _queue = new(TimeProvider.System);

    [Fact]
    public void WhatComesTogetherIsOneWake()
    {
        _queue.Post(Triggers.Kernel, new(1));
        _queue.Post(Triggers.Sysctl, new(2));
        _queue.Post(Triggers.Reload);
        var wake = Next();
        Assert.Equal(Triggers.Kernel | Triggers.Sysctl | Triggers.Reload, wake.Triggers);
        Assert.Equal([1L, 2L], wake.Changes.Select(change => change.ReceivedAt));
        Assert.Empty(_queue.Pending());
    }

    [Fact]
    public void AnAnswerThatFoundSomethingHoldsNothingUp()
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            _queue.Post(Triggers.Kernel);
            Next();
            _queue.Answered(fruitless: false);
        }

        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void AStormThatBringsNothingIsAnsweredEverMoreSlowlyUpToALimit()
    {
        var start = TimeProvider.System.GetTimestamp();
        var answers = 0;
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(2))
        {
            _queue.Post(Triggers.Kernel);
            Next();
            _queue.Answered(fruitless: true);
            answers++;
        }

        Assert.InRange(answers, 5, 30);
    }

    [Fact]
    public void AFloodKeepsTheLastChangesAndNoMemoryBeyond()
    {
        for (var i = 1; i <= 10_000; i++)
        {
            _queue.Post(Triggers.Kernel, new(i));
        }

        var wake = Next();
        Assert.Equal(TriggerQueue.MaxChanges, wake.Changes.Count);
        Assert.Equal(10_000, wake.Changes[^1].ReceivedAt);
    }

    [Fact]
    public void WithoutAnyTheIntervalWakes() =>
        Assert.Equal(Triggers.Interval, _queue.Next(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken).Triggers);

    [Fact]
    public void WhatComesWhileItWaitsWakesAtOnce()
    {
        var poster = new Thread(() =>
        {
            Thread.Sleep(50);
            _queue.Post(Triggers.Sysctl);
        });
        poster.Start();
        Assert.Equal(Triggers.Sysctl, Next().Triggers);
        poster.Join();
    }

    [Fact]
    public void TheEndOfTheDaemonEndsTheWait()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => _queue.Next(TimeSpan.FromHours(1), end.Token));
    }

    private Wake Next() => _queue.Next(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
