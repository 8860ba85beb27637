using NetGuard.Core.Diff;
using NetGuard.Metrics;
using Xunit;

namespace NetGuard.Tests.Metrics;

public class GuardMetersTests
{
    [Fact]
    public async Task TheNamesAreTheContractsAndAllAreThereFromTheBeginning()
    {
        var types = Exposition.Types(await new GuardMeters().Text());
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["netguard_drift_total"] = "counter",
                ["netguard_repair_seconds"] = "histogram",
                ["netguard_checks_total"] = "counter",
                ["netguard_in_sync"] = "gauge",
                ["netguard_last_check_timestamp_seconds"] = "gauge",
                ["netguard_contention"] = "gauge",
                ["netguard_connections_cut_total"] = "counter",
                ["netguard_docker_rules_healed_total"] = "counter",
            },
            types);
    }

    [Fact]
    public async Task WhatHappenedIsCounted()
    {
        var meters = new GuardMeters();
        meters.Drifted(DriftKind.ChainMissing, "nat/MINE", "iptables", 2);
        meters.Drifted(DriftKind.Sysctl, "", "sysctl", 1);
        meters.Repaired(TimeSpan.FromMilliseconds(3), 2);
        meters.Checked("kernel", DateTimeOffset.FromUnixTimeMilliseconds(1_795_557_197_799), inSync: false, contention: 1);
        meters.Totals(connectionsCut: 2, rulesHealed: 41);
        meters.Totals(connectionsCut: 3, rulesHealed: 41);
        var text = await meters.Text();
        foreach (var line in new[]
        {
            "netguard_drift_total{kind=\"chain-missing\",chain=\"nat/MINE\",by=\"iptables\"} 2",
            "netguard_drift_total{kind=\"sysctl\",chain=\"\",by=\"sysctl\"} 1",
            "netguard_repair_seconds_bucket{le=\"0.0025\"} 0",
            "netguard_repair_seconds_bucket{le=\"0.005\"} 2",
            "netguard_checks_total{trigger=\"kernel\"} 1",
            "netguard_in_sync 0",
            "netguard_last_check_timestamp_seconds 1795557197.799",
            "netguard_contention 1",
            "netguard_connections_cut_total 3",
            "netguard_docker_rules_healed_total 41",
        })
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task NamesOfStrangersNeitherBreakTheFormatNorMakeSeriesWithoutEnd()
    {
        var meters = new GuardMeters();
        meters.Drifted(DriftKind.Foreign, "a\"} 1\nevil 7\u001b[2J\\", "x\ny", 1);
        for (var i = 0; i < 5000; i++)
        {
            meters.Drifted(DriftKind.Foreign, "CHAIN", $"process-{i}", 1);
        }

        var series = (await meters.Text()).Split('\n').Where(line => line.StartsWith("netguard_drift_total{", StringComparison.Ordinal)).ToList();
        Assert.Contains("netguard_drift_total{kind=\"foreign\",chain=\"a\\\"} 1?evil 7?[2J\\\\\",by=\"x?y\"} 1", series);
        Assert.True(series.Count <= 520, $"{series.Count} series");
        Assert.Contains(series, line => line.Contains("by=\"others\"", StringComparison.Ordinal));
        Assert.Equal(5001, series.Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..])));
    }
}
