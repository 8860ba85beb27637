using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace NetGuard.Daemon;

/// <summary>What the service manager is told: sd_notify(3). Nothing, where no manager listens.</summary>
/// <param name="manager">The way to it.</param>
/// <param name="time">Its timestamps are CLOCK_MONOTONIC's.</param>
/// <param name="watchdog">After how long without a word it ends the daemon and starts another; zero where it does not watch.</param>
public sealed class ServiceNotices(ISystemdNotifier manager, TimeProvider time, TimeSpan watchdog)
{
    private string _status = "";

    /// <summary>How often <see cref="Alive"/> is to be called at least; half of what the manager waits, as sd_watchdog_enabled(3) advises.</summary>
    public TimeSpan AliveEvery { get; } = watchdog > TimeSpan.Zero ? watchdog / 2 : Timeout.InfiniteTimeSpan;

    /// <summary>The watchdog that the manager has set up for this process, by its environment.</summary>
    public static TimeSpan WatchdogOf(Func<string, string?> environment)
    {
        // WATCHDOG_PID: the variables may have been inherited from a service that is not us.
        var mine = environment("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return mine && long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            ? TimeSpan.FromMicroseconds(microseconds)
            : TimeSpan.Zero;
    }

    /// <summary>All is enforced: what was ordered behind may start. Also the end of a reload.</summary>
    public void Ready() => manager.Notify(new("READY=1"));

    /// <summary>The configuration is read again. <see cref="Ready"/> follows, whatever came of it.</summary>
    public void Reloading()
    {
        // By the time Type=notify-reload knows that this is the answer to its own request. Divided first: it may be years.
        var (seconds, rest) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
        var microseconds = seconds * 1_000_000 + rest * 1_000_000 / time.TimestampFrequency;
        manager.Notify(new(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={microseconds}")));
    }

    /// <summary>The daemon ends, as it was told to.</summary>
    public void Stopping() => manager.Notify(new("STOPPING=1"));

    /// <summary>The guarding goes on. Called by nothing but the loop that guards: where that hangs, the manager shall know.</summary>
    public void Alive()
    {
        if (watchdog > TimeSpan.Zero)
        {
            manager.Notify(new("WATCHDOG=1"));
        }
    }

    /// <summary>The line that systemctl status shows.</summary>
    public void Status(string line)
    {
        if (line != _status)
        {
            _status = line;
            // Names are other people's: a line break in one would be a message of its own.
            manager.Notify(new($"STATUS={string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c))}"));
        }
    }
}
