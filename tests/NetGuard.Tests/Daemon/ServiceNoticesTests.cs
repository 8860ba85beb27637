using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;
using NetGuard.Daemon;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class ServiceNoticesTests
{
    private readonly Manager _manager = new();

    [Fact]
    public void AReloadIsToldWithTheMonotonicClocksMicroseconds()
    {
        var before = TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);
        Notices(TimeSpan.Zero).Reloading();
        var after = TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);
        var lines = Assert.Single(_manager.Told).Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        Assert.StartsWith("MONOTONIC_USEC=", lines[1], StringComparison.Ordinal);
        Assert.InRange(long.Parse(lines[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture), before, after);
    }

    [Fact]
    public void TheWatchdogIsToldOnlyWhereThereIsOne()
    {
        Notices(TimeSpan.Zero).Alive();
        Assert.Empty(_manager.Told);
        var watched = Notices(TimeSpan.FromSeconds(60));
        watched.Alive();
        Assert.Equal(["WATCHDOG=1"], _manager.Told);
        Assert.Equal(TimeSpan.FromSeconds(30), watched.AliveEvery);
    }

    [Fact]
    public void AStatusIsOneLineAndIsToldOnce()
    {
        var notices = Notices(TimeSpan.Zero);
        notices.Status("a\nREADY=1");
        notices.Status("a\nREADY=1");
        notices.Status("b");
        Assert.Equal(["STATUS=a READY=1", "STATUS=b"], _manager.Told);
    }

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("60000000", null, 60)]
    [InlineData("60000000", "own", 60)]
    [InlineData("60000000", "1", 0)]
    [InlineData("soon", "own", 0)]
    [InlineData("-5", null, 0)]
    public void TheWatchdogOfAnotherProcessIsNotOurs(string? microseconds, string? pid, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ServiceNotices.WatchdogOf(name => name switch
        {
            "WATCHDOG_USEC" => microseconds,
            "WATCHDOG_PID" => pid == "own" ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : pid,
            _ => null,
        }));

    private ServiceNotices Notices(TimeSpan watchdog) => new(_manager, TimeProvider.System, watchdog);

    private sealed class Manager : ISystemdNotifier
    {
        public List<string> Told { get; } = [];

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Told.Add(state.ToString());
    }
}
