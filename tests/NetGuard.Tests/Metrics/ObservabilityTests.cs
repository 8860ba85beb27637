using System.Text.Json;
using System.Text.RegularExpressions;
using NetGuard.Core.Tests.Config;
using NetGuard.Metrics;
using Xunit;

namespace NetGuard.Tests.Metrics;

/// <summary>Holds the alert rules and the dashboard to the metrics that there are.</summary>
public partial class ObservabilityTests
{
    [Fact]
    public async Task TheNamesFollowPrometheusRules()
    {
        // As promtool check metrics does: https://prometheus.io/docs/practices/naming.
        var text = await new GuardMeters().Text();
        foreach (var (name, type) in Exposition.Types(text))
        {
            Assert.Matches("^netguard_[a-z_]+$", name);
            Assert.Equal(type == "counter", name.EndsWith("_total", StringComparison.Ordinal));
            Assert.DoesNotMatch("_(milliseconds|ms|us|minutes|kilobytes|kb|percent|gauge|counter|count|sum|bucket|info)(_|$)", name);
            Assert.Contains($"# HELP {name} ", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("metrics/netguard.rules.yml")]
    [InlineData("metrics/netguard-dashboard.json")]
    public async Task TheRulesAndTheDashboardAskForExistingMetricsAndLabels(string file)
    {
        var text = Packaging.Read(file);
        var types = Exposition.Types(await new GuardMeters().Text());
        var names = Metric().Matches(text).Select(match => match.Value).Distinct().ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(
            types.ContainsKey(name) || types.GetValueOrDefault(Part().Replace(name, "")) == "histogram", $"{file} asks for {name}"));
        foreach (var label in Grouping().Matches(text).SelectMany(match => match.Groups[1].Value.Split(", ")))
        {
            Assert.Contains(label, (string[])["instance", "kind", "chain", "by", "trigger", "le"]);
        }
    }

    [Fact]
    public void TheDashboardIsGrafanasJson()
    {
        var dashboard = JsonDocument.Parse(Packaging.Read("metrics/netguard-dashboard.json")).RootElement;
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!)));
        var variables = dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()!).ToList();
        Assert.All(Variable().Matches(dashboard.GetRawText()).Select(match => match.Groups[1].Value), name => Assert.Contains(name, (string[])[.. variables, "__range", "__rate_interval"]));
    }

    [GeneratedRegex("netguard_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();

    [GeneratedRegex(@"by \(([a-z, ]+)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\$\{?(\w+)")]
    private static partial Regex Variable();
}
