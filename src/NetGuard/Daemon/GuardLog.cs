using System.Globalization;
using Microsoft.Extensions.Logging;
using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>Every line that the daemon writes. One event, one line; what has been said and still holds is not said again.</summary>
/// <param name="log">Where they go.</param>
/// <param name="time">Keeps what would be said over and over apart.</param>
public sealed partial class GuardLog(ILogger<GuardLog> log, TimeProvider time)
{
    private readonly OnceAMinute _lossSaid = new(time);
    private readonly OnceAMinute _deafSaid = new(time);
    private HashSet<Drift> _remaining = [];
    private HashSet<Waiting> _waiting = [];
    private HashSet<string> _failures = [];

    /// <summary>The first line: what runs, and on what.</summary>
    public void Starting(Preparation preparation)
    {
        log.LogInformation(
            "starting: {Mode}, iptables-{Backend}, {Families}, {Chains} chains and {Sysctls} settings declared",
            preparation.Config.Mode == GuardMode.Enforce ? "enforcing" : "auditing, changing nothing",
            preparation.Choice.Backend.Name(),
            string.Join(" and ", preparation.Desired.Rulesets.Select(r => r.Family.Name())),
            preparation.Config.Chains.Count,
            preparation.Config.Sysctls.Count);
        Warn(preparation.Warnings);
    }

    /// <summary>The first reconcile is done.</summary>
    public void Guarding(Preparation preparation) =>
        log.LogInformation("guarding; a check at least every {Interval}", DurationText.Of(preparation.Config.Interval));

    /// <summary>The end. The rules stay.</summary>
    public void Stopped() => log.LogInformation("stopped; rules and settings stay as they are");

    /// <summary>A new configuration is in force.</summary>
    public void Reloaded(Preparation preparation)
    {
        log.LogInformation("configuration reloaded: {Chains} chains and {Sysctls} settings declared", preparation.Config.Chains.Count, preparation.Config.Sysctls.Count);
        Warn(preparation.Warnings);
    }

    /// <summary>A new configuration has mistakes.</summary>
    public void ReloadRefused(ValueList<ConfigMistake> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            log.LogError("{Mistake}", mistake);
        }

        log.LogError("configuration not reloaded: {Count} mistakes; the last good one stays in force", mistakes.Count);
    }

    /// <summary>A new configuration could not be tried.</summary>
    public void ReloadFailed(Exception e)
    {
        log.LogError("configuration not reloaded: {Message}; the last good one stays in force", e.Message);
        log.LogDebug(e, "reload failed");
    }

    /// <summary>The rules are in another variant of iptables now.</summary>
    public void BackendSwitched(Backend former, Backend now, ValueList<ConfigMistake> mistakes)
    {
        log.LogWarning("the rules are in iptables-{Now} now, no longer in iptables-{Former}: following", now.Name(), former.Name());
        foreach (var mistake in mistakes)
        {
            log.LogError("not followed: {Mistake}", mistake);
        }
    }

    /// <summary>What a check in audit mode found.</summary>
    public void Assessed(Assessment assessment, Attributions by, string reason = "audit mode")
    {
        foreach (var drift in assessment.Drifts.Where(drift => !_remaining.Contains(drift)))
        {
            log.LogWarning("drift {Kind}: {Place}: {What}; by {Culprit}; not repaired: {Reason}", drift.Kind.Name(), DriftText.Place(drift), DriftText.What(drift), by.By(drift).ToString(), reason);
        }

        Settle(assessment.Drifts);
        SayWaiting(assessment.Waiting);
    }

    /// <summary>What a check found and repaired.</summary>
    public void Reconciled(Outcome outcome, Attributions by, Func<Drift, bool> isOldNews)
    {
        foreach (var drift in outcome.Repaired.Where(drift => !isOldNews(drift)))
        {
            log.LogWarning(
                "repaired {Kind}: {Place}: {What}; by {Culprit}; {Milliseconds:0.0} ms{Gap}",
                drift.Kind.Name(), DriftText.Place(drift), DriftText.What(drift), by.By(drift).ToString(), outcome.Elapsed.TotalMilliseconds,
                by.Gap(drift) is { } gap ? string.Create(CultureInfo.InvariantCulture, $", gap {gap.TotalMicroseconds:0} us") : "");
        }

        foreach (var drift in outcome.Remaining.Where(drift => !_remaining.Contains(drift)))
        {
            log.LogError("drift {Kind}: {Place}: {What}; by {Culprit}; not repaired", drift.Kind.Name(), DriftText.Place(drift), DriftText.What(drift), by.By(drift).ToString());
        }

        foreach (var failure in outcome.Failures.Where(failure => !_failures.Contains(failure)))
        {
            log.LogError("repair failed, will be tried again: {Failure}", failure);
        }

        _failures = [.. outcome.Failures];
        Settle(outcome.Remaining);
        SayWaiting(outcome.Waiting);
    }

    /// <summary>Events were lost; a full check follows. Said once until a quiet minute has passed.</summary>
    public void EventsLost(string why)
    {
        if (!_lossSaid.IsDue())
        {
            log.LogDebug("events lost again: {Why}", why);
            return;
        }

        log.LogWarning("the kernel's events were lost ({Why}): checking everything", why);
    }

    /// <summary>Events cannot be received.</summary>
    public void EventsUnavailable(string why)
    {
        if (_deafSaid.IsDue())
        {
            log.LogError("the kernel's events cannot be received ({Why}): checking at intervals until they can", why);
        }
    }

    /// <summary>A wake has been answered: what for, and with how many programs.</summary>
    public void Answered(Wake wake, string scope, long programs, GuardState state) => log.LogDebug(
        "answered {Triggers} ({Changes} changes) with {Scope}: {Programs} programs; {Checks} checks so far",
        wake.Triggers.ToString(), wake.Changes.Count, scope, programs, state.Checks);

    /// <summary>The same thing is undone again and again, or is no longer.</summary>
    public void Contention(IReadOnlyList<ContentionNews> news, Func<Contended, string>? by = null)
    {
        foreach (var one in news)
        {
            if (one.IsOver)
            {
                log.LogInformation("contention over: {About} is left alone again, after {Rounds} repairs", one.About.ToString(), one.Rounds);
            }
            else
            {
                log.LogError(
                    "contention: {About} was undone {Rounds} times in a row; by {Culprit}; repairs of it are slowed down step by step, to one in {Ceiling} at the most",
                    one.About.ToString(), one.Rounds, by?.Invoke(one.About) ?? "unknown", DurationText.Of(Daemon.Contention.Ceiling));
            }
        }
    }

    /// <summary>A check could not be done at all.</summary>
    public void CheckFailed(Exception e)
    {
        if (_failures.Add(e.Message))
        {
            log.LogError("check failed, will be tried again: {Message}", e.Message);
        }

        log.LogDebug(e, "check failed");
    }

    private void Settle(ValueList<Drift> remaining)
    {
        if (_remaining.Count > 0 && remaining.Count == 0)
        {
            log.LogInformation("in sync again");
        }

        _remaining = [.. remaining];
    }

    private void SayWaiting(ValueList<Waiting> waiting)
    {
        foreach (var one in waiting.Where(one => !_waiting.Contains(one)))
        {
            log.LogInformation("waiting: {Waiting}", WaitingText.Of(one));
        }

        foreach (var one in _waiting.Where(one => !waiting.Contains(one)))
        {
            log.LogInformation("no longer waiting: {Waiting}", WaitingText.Of(one));
        }

        _waiting = [.. waiting];
    }

    private void Warn(ValueList<string> warnings)
    {
        foreach (var warning in warnings)
        {
            log.LogWarning("{Warning}", warning);
        }
    }
}
