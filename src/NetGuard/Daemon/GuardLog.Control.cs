using NetGuard.Core.Journal;

namespace NetGuard.Daemon;

/// <content>What others ask of the daemon, and whether they can reach it.</content>
public sealed partial class GuardLog
{
    private bool _wasReached;

    /// <summary>Repairs are paused from now on.</summary>
    /// <param name="until">The end.</param>
    /// <param name="by">Who asked for it.</param>
    /// <param name="fault">Why the pause will not outlive the daemon; null where it will.</param>
    public void Paused(DateTimeOffset? until, string by, string? fault) => Tell(
        GuardEvents.Paused,
        $"paused until {ClockText.Of(until)}, by {by}: drift is told of and not repaired{(fault is null ? "" : $" (the pause ends with the daemon, since it cannot be kept: {fault})")}");

    /// <summary>The daemon starts into a pause.</summary>
    public void StillPaused(DateTimeOffset until) =>
        Tell(GuardEvents.Paused, $"still paused until {ClockText.Of(until)}: drift is told of and not repaired");

    /// <summary>The pause goes on.</summary>
    public void PauseReminder(DateTimeOffset? until, int drifts) =>
        Tell(GuardEvents.Paused, $"still paused until {ClockText.Of(until)}: {drifts} drifts wait for their repair", new EventFields().Count(drifts));

    /// <summary>What the last daemon left of its pause is of no use.</summary>
    public void PauseDamaged(string fault) => Tell(GuardEvents.PauseNotKept, fault, new EventFields().With(JournalField.Reason, fault));

    /// <summary>Repairs go on.</summary>
    /// <param name="by">Who asked for it; null where the pause has run out.</param>
    public void Resumed(string? by) => Tell(
        GuardEvents.PauseOver, by is null ? "the pause is over: checking and repairing everything" : $"the pause was ended by {by}: checking and repairing everything");

    /// <summary>The bus can be reached, or not. Said once each; that there is none from the beginning is no reason to worry.</summary>
    /// <param name="why">Why not; null where it can.</param>
    public void BusNews(string? why)
    {
        if (why is null)
        {
            Tell(GuardEvents.BusReached, "on the system bus: netguard status, watch, pause, resume and reload reach this daemon");
            _wasReached = true;
            return;
        }

        Tell(
            _wasReached ? GuardEvents.BusLost : GuardEvents.BusAbsent,
            $"{(_wasReached ? "off" : "not on")} the system bus, trying again: {why}; the guarding goes on", new EventFields().With(JournalField.Reason, why));
    }
}
