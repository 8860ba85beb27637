using NetGuard.Core.Diff;
using NetGuard.Core.State;
using NetGuard.Metrics;

namespace NetGuard.Daemon;

/// <summary>
/// Counts what the guarding does, and writes it for Prometheus where the configuration asks for that. Writing is done apart from the guarding,
/// seldom, and only when there is news: a disk that is full or hangs costs metrics, and nothing else.
/// </summary>
public sealed class Telemetry : IDisposable
{
    // Prometheus asks every 15 s at the most, as a rule.
    private static readonly TimeSpan LeastApart = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly GuardLog _log;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private GuardMeters? _meters;
    private Textfile? _file;
    private HashSet<Drift> _remaining = [];
    private long? _writtenAt;
    private bool _scheduled;
    private bool _isWriting;
    private bool _failed;

    /// <summary>Writes nothing until it is told where.</summary>
    public Telemetry(TimeProvider time, GuardLog log)
    {
        (_time, _log) = (time, log);
        _timer = time.CreateTimer(_ => _ = WriteAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes note of where metrics go from now on; what was written elsewhere is taken away, since nobody keeps it true.</summary>
    public void WriteTo(string? path)
    {
        Textfile? former;
        lock (_lock)
        {
            if (path == _file?.Path)
            {
                return;
            }

            former = _file;
            _file = path is null ? null : new(path);
            _meters ??= path is null ? null : new();
            _writtenAt = null;
            _failed = false;
        }

        try
        {
            former?.Remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.MetricsUnwritten(former!.Path, e.Message);
        }
    }

    /// <summary>Counts what a check repaired, and what it could not.</summary>
    public void Reconciled(Outcome outcome, Attributions by) => Count(outcome.Repaired, outcome.Remaining, outcome.Elapsed, by);

    /// <summary>Counts what a check found and left.</summary>
    public void Assessed(Assessment assessment, Attributions by) => Count([], assessment.Drifts, TimeSpan.Zero, by);

    /// <summary>Counts a check.</summary>
    /// <param name="triggers">What for.</param>
    /// <param name="done">Whether it came to an end.</param>
    /// <param name="fought">How many things are fought over.</param>
    /// <param name="state">What else has been counted.</param>
    public void Checked(Triggers triggers, bool done, int fought, GuardState state)
    {
        lock (_lock)
        {
            if (_meters is null)
            {
                return;
            }

            _meters.Checked(Trigger(triggers), _time.GetUtcNow(), done && _remaining.Count == 0, fought);
            _meters.Totals(state.ConnectionsCut, state.RulesHealed);
            Schedule();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // One check is counted once: several reasons that came together by the first of them.
    private static string Trigger(Triggers triggers) => ((Triggers)((int)triggers & -(int)triggers)).ToString().ToLowerInvariant();

    private void Count(ValueList<Drift> repaired, ValueList<Drift> remaining, TimeSpan elapsed, Attributions by)
    {
        lock (_lock)
        {
            if (_meters is not null)
            {
                // What could not be repaired is found again at every check, and was counted.
                foreach (var same in repaired.Concat(remaining).Where(drift => !_remaining.Contains(drift)).GroupBy(drift => (drift.Kind, Chain: drift.Chain?.ToString() ?? DriftText.Table(drift) ?? "", by.By(drift).Name)))
                {
                    _meters.Drifted(same.Key.Kind, same.Key.Chain, same.Key.Name, same.Count());
                }

                foreach (var together in repaired.GroupBy(drift => by.Gap(drift) ?? elapsed))
                {
                    _meters.Repaired(together.Key, together.Count());
                }
            }

            _remaining = [.. remaining];
        }
    }

    private void Schedule()
    {
        if (_scheduled || _isWriting)
        {
            _scheduled = true;
            return;
        }

        _scheduled = true;
        var wait = _writtenAt is { } at ? LeastApart - _time.GetElapsedTime(at) : TimeSpan.Zero;
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task WriteAsync()
    {
        GuardMeters meters;
        Textfile file;
        lock (_lock)
        {
            _scheduled = false;
            if (_file is null || _meters is null || _isWriting)
            {
                return;
            }

            (file, meters, _isWriting) = (_file, _meters, true);
        }

        string? failure = null;
        try
        {
            file.Write((await meters.ExportAsync(CancellationToken.None).ConfigureAwait(false)).Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e.Message;
        }

        lock (_lock)
        {
            _isWriting = false;
            _writtenAt = _time.GetTimestamp();
            if (_scheduled)
            {
                _scheduled = false;
                Schedule();
            }

            if (failure is not null == _failed)
            {
                return;
            }

            _failed = failure is not null;
        }

        if (failure is null)
        {
            _log.MetricsWritten(file.Path);
        }
        else
        {
            _log.MetricsUnwritten(file.Path, failure);
        }
    }
}
