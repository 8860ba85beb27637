using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>What commands print, and what they end with.</summary>
public sealed class OutputTests : IAsyncLifetime
{
    private const string Configuration = "forwarding: { ipv4: on }\nchains:\n  DOCKER-USER:\n    rules:\n      - { name: mine, rule: -p tcp --dport http -j DROP, family: ipv4 }\n  DOCKER: { rules: [ -i eth0 -j DROP ] }\n";

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Fact]
    public async Task CheckPrintsWhatTheConfigurationMeans()
    {
        var check = (await _netns.Netguard("check", "--config", _config)).Succeeded();
        Assert.Contains($"valid: {_config} declares 2 chains, 2 rules and 1 settings; iptables-nft takes them\n", check.Output, StringComparison.Ordinal);
        var root = await Json(0, "check");
        Assert.Equal(["valid", "mistakes", "warnings", "backend", "rules"], Fields(root));
        Assert.Equal(["chain", "name", "text", "families"], Fields(root.GetProperty("rules")[0]));
        Assert.Equal("""["ipv4"]""", JsonSerializer.Serialize(root.GetProperty("rules")[0].GetProperty("families")));
    }

    [Fact]
    public async Task CheckPrintsMistakesAsJson()
    {
        _files.Write("netguard.yaml", "chains:\n  DOCKER-USER:\n    rules:\n      - -p tcp --dprt 80 -j DROP\n      - -A X\n");
        var root = await Json(1, "check");
        Assert.False(root.GetProperty("valid").GetBoolean());
        var mistakes = root.GetProperty("mistakes").EnumerateArray().ToList();
        Assert.Equal([4, 5], mistakes.Select(mistake => mistake.GetProperty("line").GetInt32()));
        Assert.Equal(["file", "line", "column", "message"], Fields(mistakes[0]));
        Assert.Equal("iptables refuses this rule for DOCKER-USER: unknown option \"--dprt\"", mistakes[0].GetProperty("message").GetString());
    }

    [Fact]
    public async Task ApplyPrintsWhatItDidAndWhatItWaitsFor()
    {
        var text = (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        Assert.Equal("", text.Errors);
        Assert.StartsWith("repaired:\nKIND ", text.Output, StringComparison.Ordinal);
        Assert.Contains("waiting: ipv4 DOCKER for Docker to make the chain\n", text.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nin sync: \d+ repaired, 0 remaining, [\d.]+ ms \(iptables-nft\)\n$", text.Output);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-F");
        var root = await Json(0, "apply");
        Assert.Equal(["in_sync", "backend", "milliseconds", "repaired", "remaining", "waiting", "failures", "warnings"], Fields(root));
        Assert.Equal(["family", "table", "chain", "for"], Fields(root.GetProperty("waiting")[0]));
        Assert.True(root.GetProperty("in_sync").GetBoolean());
        Assert.Contains(root.GetProperty("repaired").EnumerateArray(), drift => drift.GetProperty("kind").GetString() == "missing");
    }

    [Fact]
    public async Task ApplyThatDoesNotReachItsEndIsOne()
    {
        _files.Write("netguard.yaml", "chains:\n  FORWARD:\n    rules:\n      - { name: good, rule: -i eth0 -j DROP, family: ipv4 }\n      - { name: set, rule: -m set --match-set nosuchset src -j DROP, family: ipv4 }\n");
        var root = await Json(1, "apply");
        Assert.False(root.GetProperty("in_sync").GetBoolean());
        var remaining = Assert.Single(root.GetProperty("remaining").EnumerateArray());
        Assert.Equal(("unavailable", "set"), (remaining.GetProperty("kind").GetString(), remaining.GetProperty("rule").GetString()));
        Assert.Contains("nosuchset", remaining.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Contains("netguard:good", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASetForIpv6IsTriedAsOne()
    {
        await _netns.Output("ipset", ["create", "web6", "hash:ip", "family", "inet6"]);
        _files.Write("netguard.yaml", "chains:\n  FORWARD:\n    rules:\n      - { rule: -m set --match-set web6 src -j DROP, family: ipv6 }\n");
        await Json(0, "apply");
        Assert.Contains("--match-set web6 src", await _netns.Save(Backend.Nft, Family.Ipv6), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ColourIsForTerminalsOnly()
    {
        string[] netguard = ["-u", "NO_COLOR", "TERM=xterm", NetguardBinary.Path, "diff", "--config", _config];
        Assert.DoesNotContain('\e', (await _netns.Run("env", netguard)).Output);
        var typed = string.Join(' ', netguard);
        Assert.Contains('\e', (await _netns.Run("script", ["-qec", $"env {typed}", "/dev/null"])).Output);
        Assert.DoesNotContain("\e[3", (await _netns.Run("script", ["-qec", $"env NO_COLOR=1 {typed[12..]}", "/dev/null"])).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("diff --help")]
    [InlineData("--version")]
    public async Task HelpIsOnStandardOutputAndNoMistake(string arguments)
    {
        var help = (await _netns.Netguard(arguments.Split(' '))).Succeeded();
        Assert.NotEqual("", help.Output);
        Assert.Equal("", help.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private static IEnumerable<string> Fields(JsonElement element) => element.EnumerateObject().Select(field => field.Name);

    private async Task<JsonElement> Json(int exit, string command)
    {
        var result = await _netns.Netguard(command, "--json", "--config", _config);
        Assert.True(result.ExitCode == exit, $"exit {result.ExitCode}\n{result.Errors}{result.Output}");
        Assert.Equal("", result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
