using NetGuard.Docker;
using NetGuard.Tests.Daemon;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>How soon Docker is asked behind its events.</summary>
public sealed class AskingPaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void TheEventsOfOneContainerThatStartsAndEndsAreAnsweredAtOnceRoundAfterRound()
    {
        var pace = new AskingPace(_time);
        for (var round = 0; round < 20; round++)
        {
            foreach (var between in (int[])[80, 100, 100, 40, 30, 1500])
            {
                Assert.Equal(TimeSpan.Zero, Ask(pace));
                _time.Pass(TimeSpan.FromMilliseconds(between));
            }
        }
    }

    [Fact]
    public void WhatComesInOneBreathIsOneQuestion()
    {
        var pace = new AskingPace(_time);
        Ask(pace);
        _time.Pass(TimeSpan.FromMilliseconds(5));
        Assert.Equal(AskingPace.Least - TimeSpan.FromMilliseconds(5), Ask(pace));
    }

    [Fact]
    public void AStormIsAskedAboutFourTimesASecond()
    {
        var pace = new AskingPace(_time);
        var start = _time.GetTimestamp();
        for (var i = 0; i < AskingPace.Burst + 40; i++)
        {
            Ask(pace);
        }

        Assert.InRange(_time.GetElapsedTime(start), 40 * AskingPace.Steady, (40 * AskingPace.Steady) + (AskingPace.Burst * AskingPace.Least));
        _time.Pass(AskingPace.Burst * AskingPace.Steady);
        Assert.Equal(TimeSpan.Zero, Ask(pace));
    }

    // Waits as long as it says, and asks.
    private TimeSpan Ask(AskingPace pace)
    {
        var pause = pace.Next();
        _time.Pass(pause);
        pace.Asked();
        return pause;
    }
}
