using NetGuard.Core.Diff;
using NetGuard.Core.Journal;
using Prometheus;

namespace NetGuard.Metrics;

/// <summary>What Prometheus is told. The names are part of the contract: dashboards and alerts are built on them.</summary>
public sealed class GuardMeters
{
    /// <summary>Who did it, where there were too many to name each.</summary>
    public const string Others = "others";

    // Chains and processes are named by other people: there may be any number of them, and each is a time series for good.
    private const int MaxSeries = 512;
    private const int MaxLabel = 64;

    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly HashSet<(string, string, string)> _series = [];
    private readonly Counter _drift;
    private readonly Histogram _repair;
    private readonly Counter _checks;
    private readonly Gauge _inSync;
    private readonly Gauge _lastCheck;
    private readonly Gauge _contention;
    private readonly Counter _cut;
    private readonly Counter _healed;

    /// <summary>All at their beginning.</summary>
    public GuardMeters()
    {
        var make = Prometheus.Metrics.WithCustomRegistry(_registry);
        _drift = make.CreateCounter("netguard_drift_total", "Differences from the configuration that were found, by kind, chain and the process that made them.", "kind", "chain", "by");
        _repair = make.CreateHistogram(
            "netguard_repair_seconds", "How long differences lasted until their verified repair.",
            new HistogramConfiguration { Buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] });
        _checks = make.CreateCounter("netguard_checks_total", "Checks, by what triggered them.", "trigger");
        _inSync = make.CreateGauge("netguard_in_sync", "1 if all was as declared at the last check; 0 if not, or if that could not be told.");
        _lastCheck = make.CreateGauge("netguard_last_check_timestamp_seconds", "When the last check ended, in seconds since 1970.");
        _contention = make.CreateGauge("netguard_contention", "How many chains and settings another program keeps undoing.");
        _cut = make.CreateCounter("netguard_connections_cut_total", "Connections that were opened while a declared DROP or REJECT was missing, and were cut when it was back.");
        _healed = make.CreateCounter("netguard_docker_rules_healed_total", "Rules of Docker's own that somebody else had removed, and that were put back.");
    }

    /// <summary>Something differed.</summary>
    /// <param name="kind">In what way.</param>
    /// <param name="chain">The chain; empty where there is none.</param>
    /// <param name="by">Who did it.</param>
    /// <param name="count">How often.</param>
    public void Drifted(DriftKind kind, string chain, string by, int count)
    {
        var labels = (kind.Name(), Label(chain), Label(by));
        if (_series.Count >= MaxSeries && !_series.Contains(labels))
        {
            labels = (labels.Item1, Others, Others);
        }

        _series.Add(labels);
        _drift.WithLabels(labels.Item1, labels.Item2, labels.Item3).Inc(count);
    }

    /// <summary>It was repaired.</summary>
    /// <param name="after">How long it had been so.</param>
    /// <param name="count">How many were repaired together.</param>
    public void Repaired(TimeSpan after, int count) => _repair.Observe(after.TotalSeconds, count);

    /// <summary>A check is over.</summary>
    /// <param name="trigger">What for.</param>
    /// <param name="at">When.</param>
    /// <param name="inSync">Whether all was, or is now, as declared.</param>
    /// <param name="contention">How many things are fought over.</param>
    public void Checked(string trigger, DateTimeOffset at, bool inSync, int contention)
    {
        _checks.WithLabels(trigger).Inc();
        _inSync.Set(inSync ? 1 : 0);
        _lastCheck.Set(at.ToUnixTimeMilliseconds() / 1000.0);
        _contention.Set(contention);
    }

    /// <summary>What is counted elsewhere, since the start.</summary>
    /// <param name="connectionsCut">Connections cut.</param>
    /// <param name="rulesHealed">Rules of Docker's put back.</param>
    public void Totals(long connectionsCut, long rulesHealed)
    {
        _cut.IncTo(connectionsCut);
        _healed.IncTo(rulesHealed);
    }

    /// <summary>All of it, in Prometheus' text format.</summary>
    public async Task<ReadOnlyMemory<byte>> ExportAsync(CancellationToken cancel)
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, cancel).ConfigureAwait(false);
        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    // The format escapes quotes and line breaks by itself; what is left would only look odd.
    private static string Label(string text)
    {
        var clean = OneLine.Of(text);
        return clean.Length <= MaxLabel ? clean : clean[..MaxLabel];
    }
}
