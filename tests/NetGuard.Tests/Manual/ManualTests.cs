using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetGuard.Core.Config;
using NetGuard.Core.Control;
using NetGuard.Core.Journal;
using NetGuard.Core.Tests.Config;
using NetGuard.Metrics;
using NetGuard.Tests.Metrics;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Manual;

/// <summary>Holds the manual to what it describes.</summary>
public partial class ManualTests
{
    private static readonly string Command = Packaging.Read("man/netguard.8");

    [Theory]
    [InlineData("man/netguard.8")]
    [InlineData("man/netguard.yaml.5")]
    [InlineData("man/org.netguard.NetGuard1.5")]
    public async Task NeitherManNorMandocFindsAnythingWrong(string page)
    {
        var lint = await Programs.Run("mandoc", ["-Tlint", Packaging.Path(page)]);
        Assert.Equal((0, ""), (lint.ExitCode, lint.Output + lint.Errors));
        var man = (await Programs.Run("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", Packaging.Path(page)])).Succeeded();
        Assert.Equal("", man.Errors);
    }

    [Fact]
    public async Task EveryCommandAndOptionIsInTheManualAndNoOther()
    {
        var tree = await CommandTree.Read();
        Assert.Equal(tree.Keys, Terms("COMMANDS"));
        Assert.Equal(
            tree.Values.SelectMany(options => options).Append("--help").Append("--version").Distinct().Order(StringComparer.Ordinal),
            Terms("OPTIONS").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryEventAndFieldOfTheJournalIsInTheManualAndNoOther() => Assert.Equal(
        GuardEvents.All.SelectMany(one => one.Fields).Distinct().Append(JournalField.Event).Concat(GuardEvents.All.Select(one => one.Name)).Order(StringComparer.Ordinal),
        Terms("JOURNAL").Order(StringComparer.Ordinal));

    [Fact]
    public async Task EveryMetricIsInTheManualAndNoOther() =>
        Assert.Equal(Exposition.Types(await new GuardMeters().Text()).Keys, Terms("METRICS"));

    [Fact]
    public void EveryKeyOfTheConfigurationIsInTheManualAndNoOther()
    {
        var keys = Key().Matches(Plain(Packaging.Read("man/netguard.yaml.5"))).Select(match => match.Groups[1].Value).Distinct();
        var known = ConfigKeys.Root.Concat(ConfigKeys.Forwarding).Concat(ConfigKeys.Chain).Concat(ConfigKeys.Rule).Concat(ConfigKeys.Docker)
            .Concat(ConfigKeys.DockerNetwork).Concat(ConfigKeys.DockerLink).Concat(ConfigKeys.DockerPublished).Concat(ConfigKeys.Metrics).Distinct();
        Assert.Equal(known.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryMemberOfTheBusInterfaceIsInTheManualWithItsTypesAndNoOther()
    {
        var page = Plain(Packaging.Read("man/org.netguard.NetGuard1.5"));
        var members = new List<string>();
        foreach (var member in Interface().Elements())
        {
            var arguments = member.Elements("arg").Select(arg => (Out: arg.Attribute("direction")?.Value == "out", Type: arg.Attribute("type")!.Value, Name: arg.Attribute("name")!.Value)).ToList();
            members.Add(member.Name.LocalName switch
            {
                "property" => $"{member.Attribute("name")!.Value}  ({member.Attribute("type")!.Value})",
                "signal" => $"{member.Attribute("name")!.Value} ({string.Join(", ", arguments.Select(arg => $"{arg.Type} {arg.Name}"))})",
                _ => $"{member.Attribute("name")!.Value} ({string.Join(", ", arguments.Where(arg => !arg.Out).Select(arg => $"{arg.Type} {arg.Name}"))}) -> "
                    + string.Join(", ", arguments.Where(arg => arg.Out).Select(arg => $"{arg.Type} {arg.Name}")),
            });
        }

        Assert.Equal(
            members.Select(Bare).Order(StringComparer.Ordinal),
            Member().Matches(page).Select(match => Bare(match.Groups[1].Value)).Order(StringComparer.Ordinal));
        Assert.All(Enum.GetValues<GuardCondition>(), condition => Assert.Contains($".I {condition.Name()}\n", page, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<RefusalKind>(), kind => Assert.Contains($".B org.netguard.NetGuard1.Error.{kind}\n", page, StringComparison.Ordinal));
    }

    // The page is written without the names of single results, where the type says enough.
    private static string Bare(string member) => member.Replace("\"", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).Replace("a{sv}report", "a{sv}", StringComparison.Ordinal);

    private static XElement Interface() => XElement.Parse(Introspection().Match(Packaging.Read("dbus/org.netguard.NetGuard1.xml")).Value);

    private static string Plain(string page) => page.Replace("\\-", "-", StringComparison.Ordinal).Replace("\\~", " ", StringComparison.Ordinal).Replace("\\(->", "->", StringComparison.Ordinal);

    // The words that are explained in a section: those behind .TP.
    private static IEnumerable<string> Terms(string section)
    {
        var text = Plain(Command).Split($"\n.SH {section}\n")[1].Split("\n.SH ")[0];
        return Term().Matches(text).Select(match => match.Groups[1].Value);
    }

    [GeneratedRegex(@"(?m)^\.TP\n\.(?:B|BI|BR) ([A-Za-z_-]+)")]
    private static partial Regex Term();

    [GeneratedRegex(@"(?m)^\.TP\n\.(?:B|BI|BR) ([a-z0-9]+):")]
    private static partial Regex Key();

    [GeneratedRegex(@"(?m)^\.TP\n\.BR (\w+ ""[^\n]*"")$")]
    private static partial Regex Member();

    [GeneratedRegex(@"<interface name=""org\.netguard\.NetGuard1"">.*?</interface>", RegexOptions.Singleline)]
    private static partial Regex Introspection();
}
