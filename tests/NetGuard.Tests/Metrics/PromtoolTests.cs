using System.Text.Json;
using NetGuard.Core.Diff;
using NetGuard.Core.Tests.Config;
using NetGuard.Metrics;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Metrics;

/// <summary>What Prometheus' own tool says of the metrics, the alert rules and the dashboard's queries.</summary>
public class PromtoolTests
{
    [Fact]
    public async Task ItFindsNothingWrongWithTheMetrics()
    {
        var meters = new GuardMeters();
        meters.Drifted(DriftKind.Missing, "nat/\"MINE\"", "ip\\tables", 2);
        meters.Repaired(TimeSpan.FromMilliseconds(3), 2);
        meters.Checked("kernel", DateTimeOffset.UnixEpoch, inSync: true, contention: 0);
        var result = await Promtool(["check", "metrics"], await meters.Text());
        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Errors));
    }

    [Fact]
    public async Task TheAlertRulesAreGood() => (await Promtool(["check", "rules", "--lint=all", "--lint-fatal", Packaging.Path("metrics/netguard.rules.yml")])).Succeeded();

    [Fact]
    public async Task AnAlertIsRaisedWhereThereIsReasonForOneAndNowhereElse() =>
        (await Promtool(["test", "rules", Path.Combine(Packaging.Root, "tests/NetGuard.Tests/Metrics/netguard.rules.test.yml")])).Succeeded();

    [Fact]
    public async Task TheDashboardsQueriesAreGood()
    {
        using var files = new ConfigDir();
        var queries = JsonDocument.Parse(Packaging.Read("metrics/netguard-dashboard.json")).RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!).Distinct().ToList();
        Assert.NotEmpty(queries);
        // With what Grafana puts in place of its variables, each is recorded under a name.
        var rules = queries.Select((query, i) => new
        {
            record = $"query:{i}",
            expr = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal),
        });
        var path = files.Write("queries.yml", JsonSerializer.Serialize(new { groups = new[] { new { name = "dashboard", rules } } }));
        (await Promtool(["check", "rules", "--lint=all", "--lint-fatal", path])).Succeeded();
    }

    private static async Task<ProgramResult> Promtool(IReadOnlyList<string> arguments, string? input = null)
    {
        var script = Path.Combine(Packaging.Root, "tests", "promtool");
        var found = (await Programs.Run(script, [], timeout: TimeSpan.FromMinutes(5))).Succeeded().Output.TrimEnd().Split('\n')[^1];
        return await Programs.Run(found, arguments, input);
    }
}
