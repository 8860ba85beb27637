using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Watch;

public class GapDistributionTests
{
    [Fact]
    public void AQuantileIsRightToWithinAFifth()
    {
        var gaps = new GapDistribution();
        for (var i = 1; i <= 1000; i++)
        {
            gaps.Add(TimeSpan.FromMicroseconds(i));
        }

        Assert.InRange(gaps.Quantile(0.5), 500, 600);
        Assert.InRange(gaps.Quantile(0.99), 990, 1000);
        Assert.Equal((1000, 1000d), (gaps.Count, gaps.Longest));
    }

    [Fact]
    public void TheShortestAndTheLongestHaveAPlace()
    {
        var gaps = new GapDistribution();
        Assert.Equal(0, gaps.Quantile(0.5));
        gaps.Add(TimeSpan.Zero);
        gaps.Add(TimeSpan.FromDays(30));
        Assert.Equal(2, gaps.Count);
        Assert.True(gaps.Quantile(1) > 1e9);
    }
}
