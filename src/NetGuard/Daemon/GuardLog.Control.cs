using Microsoft.Extensions.Logging;

namespace NetGuard.Daemon;

/// <content>What others ask of the daemon, and whether they can reach it.</content>
public sealed partial class GuardLog
{
    private bool _wasReached;

    /// <summary>Repairs are paused from now on.</summary>
    /// <param name="until">The end.</param>
    /// <param name="by">Who asked for it.</param>
    /// <param name="fault">Why the pause will not outlive the daemon; null where it will.</param>
    public void Paused(DateTimeOffset? until, string by, string? fault)
    {
        log.LogWarning("paused until {Until}, by {By}: drift is told of and not repaired", ClockText.Of(until), by);
        if (fault is not null)
        {
            log.LogWarning("the pause ends with the daemon, because it cannot be kept: {Fault}", fault);
        }
    }

    /// <summary>The daemon starts into a pause.</summary>
    public void StillPaused(DateTimeOffset until) => log.LogWarning("still paused until {Until}: drift is told of and not repaired", ClockText.Of(until));

    /// <summary>The pause goes on.</summary>
    public void PauseReminder(DateTimeOffset? until, int drifts) => log.LogWarning("paused until {Until}: {Drifts} drifts wait for their repair", ClockText.Of(until), drifts);

    /// <summary>What the last daemon left of its pause is of no use.</summary>
    public void PauseDamaged(string fault) => log.LogWarning("{Fault}", fault);

    /// <summary>Repairs go on.</summary>
    /// <param name="by">Who asked for it; null where the pause has run out.</param>
    public void Resumed(string? by)
    {
        if (by is null)
        {
            log.LogWarning("the pause is over: checking and repairing everything");
        }
        else
        {
            log.LogWarning("the pause was ended by {By}: checking and repairing everything", by);
        }
    }

    /// <summary>The bus can be reached, or not. Said once each; that there is none from the beginning is no reason to worry.</summary>
    /// <param name="why">Why not; null where it can.</param>
    public void BusNews(string? why)
    {
        if (why is null)
        {
            log.LogInformation("on the system bus: netguard status, watch, pause, resume and reload reach this daemon");
            _wasReached = true;
        }
        else if (_wasReached)
        {
            log.LogWarning("off the system bus, trying again: {Why}; the guarding goes on", why);
        }
        else
        {
            log.LogInformation("not on the system bus, trying again: {Why}; the guarding goes on", why);
        }
    }
}
