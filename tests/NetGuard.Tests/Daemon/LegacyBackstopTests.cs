using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Xtables;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>What is looked at in iptables-legacy where nobody was heard.</summary>
public sealed class LegacyBackstopTests
{
    private static readonly LegacyLayout Small = new(LegacyBackstop.Rules, "one");
    private static readonly LegacyLayout Large = new(LegacyBackstop.Rules * 4, "two");

    private readonly ManualTime _time = new();
    private readonly LegacyBackstop _backstop;
    private int _compared;

    public LegacyBackstopTests() => _backstop = new(_time);

    [Fact]
    public void TheContentsOfASmallTableAreComparedEachTime()
    {
        for (var i = 1; i <= 5; i++)
        {
            Assert.False(Look(Small));
            Assert.Equal(i, _compared);
            _time.Pass(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void TheContentsOfALargeOneAreComparedEachMinuteForEachThousandRules()
    {
        for (var minute = 0; minute < 12; minute++)
        {
            Assert.False(Look(Large));
            Assert.Equal((minute / 4) + 1, _compared);
            _time.Pass(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void HoweverLargeItIsItsContentsAreComparedEveryTenMinutes()
    {
        var huge = Large with { Entries = 1_000_000 };
        Look(huge);
        _time.Pass(LegacyBackstop.Longest);
        Assert.True(Look(huge, hasChanged: true));
    }

    [Fact]
    public void AnotherLayoutIsLookedIntoAtOnce()
    {
        Look(Large);
        Assert.True(Look(Large with { Info = "three" }, hasChanged: true));
        Assert.True(Look(Large, hasChanged: true)); // What was found is not forgotten.
    }

    [Fact]
    public void WhereTheKernelDoesNotSayAllIsComparedEachTime()
    {
        Look(null);
        Look(null);
        Assert.Equal(2, _compared);
    }

    [Fact]
    public void EachFamilyIsLookedAtForItself()
    {
        Look(Large);
        Assert.True(_backstop.HasChanged(Family.Ipv6, Large, () => true));
    }

    private bool Look(LegacyLayout? layout, bool hasChanged = false) => _backstop.HasChanged(Family.Ipv4, layout, () =>
    {
        _compared++;
        return hasChanged;
    });
}
