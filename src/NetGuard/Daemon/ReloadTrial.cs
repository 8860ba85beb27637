using NetGuard.Core.Ports;

namespace NetGuard.Daemon;

/// <summary>A configuration that the daemon enforces on trial: unless it is confirmed in time, the former one is in force again.</summary>
/// <remarks>The worker alone begins and ends it. Others decide, from any thread.</remarks>
public sealed class ReloadTrial(ISysctls sysctls, Func<IReadOnlyCollection<string>> interfaces, TriggerQueue queue, TimeProvider time, GuardLog log) : IDisposable
{
    // Rules that were guarded go, and those that come back are enforced at once.
    private const Triggers Decided = Triggers.Asked | Triggers.Lost;

    private readonly Lock _lock = new();
    private Trial? _trial;
    private Preparation? _former;
    private ITimer? _timer;
    private TrialWord? _word;
    private bool _applied;

    /// <summary>What to say to whoever wants another configuration meanwhile.</summary>
    public static string UnderWay => "a configuration is on trial already: say netguard confirm, or netguard confirm --rollback, first";

    /// <summary>Whether one is under way.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_lock)
            {
                return _former is not null;
            }
        }
    }

    /// <summary>Notes what is there, before the new configuration is enforced.</summary>
    /// <param name="former">What is in force.</param>
    /// <param name="next">What will be.</param>
    /// <param name="within">How long it may wait to be confirmed.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="XtablesException">It cannot be read, or the new configuration is for the other variant of iptables.</exception>
    public async Task BeginAsync(Preparation former, Preparation next, TimeSpan within, CancellationToken cancel)
    {
        if (former.Choice.Backend != next.Choice.Backend)
        {
            throw new XtablesException("another backend cannot be put on trial: reload it for good");
        }

        var trial = await Trial.BeginAsync(next, sysctls, interfaces(), time, cancel).ConfigureAwait(false);
        lock (_lock)
        {
            (_trial, _former, _word, _applied) = (trial, former, null, false);
            _timer = time.CreateTimer(_ => Decide(TrialWord.RollBack), null, within, Timeout.InfiniteTimeSpan);
        }

        log.TrialBegan(within);
    }

    /// <summary>Notes what has become of it, after the first round.</summary>
    public async Task AppliedAsync(CancellationToken cancel)
    {
        if (_trial is { } trial && !_applied)
        {
            try
            {
                await trial.AppliedAsync(cancel).ConfigureAwait(false);
                _applied = true;
            }
            catch (XtablesException)
            {
                // What is there when it is taken back is then taken for what NetGuard made.
            }
        }
    }

    /// <summary>Says what becomes of it. The first word counts.</summary>
    /// <returns>Whether there was anything to decide.</returns>
    public bool Decide(TrialWord word)
    {
        lock (_lock)
        {
            if (_former is null || _word is not null)
            {
                return false;
            }

            _word = word;
        }

        queue.Post(Decided);
        return true;
    }

    /// <summary>Ends it where it has been decided.</summary>
    /// <returns>The configuration that is in force again; null where there is nothing to change.</returns>
    public async Task<Preparation?> EndAsync(CancellationToken cancel)
    {
        Trial trial;
        Preparation former;
        TrialWord word;
        lock (_lock)
        {
            if (_word is not { } decided)
            {
                return null;
            }

            (trial, former, word) = (_trial!, _former!, decided);
            _timer?.Dispose();
            (_trial, _former, _word, _timer) = (null, null, null, null);
        }

        if (word == TrialWord.Confirm)
        {
            log.TrialConfirmed();
            return null;
        }

        log.TrialTakenBack(await trial.RollBackAsync(_applied, cancel).ConfigureAwait(false));
        return former;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();
}
