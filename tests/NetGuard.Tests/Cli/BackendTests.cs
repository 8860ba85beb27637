using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>Which variant of iptables is guarded, where nobody says.</summary>
public sealed class BackendTests : IAsyncLifetime
{
    private const string Rules = "chains:\n  FORWARD: { rules: [ { name: mine, rule: -i eth9 -j DROP } ] }\n";

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _config = _files.Write("netguard.yaml", Rules);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheVariantWithDockersChainsIsGuarded(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, DockerHost.Layout);
        Assert.Equal((backend.Name(), 0), await Diff());
        (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        Assert.Contains("netguard:mine", await _netns.Save(backend, Family.Ipv4), StringComparison.Ordinal);
        Assert.DoesNotContain("netguard:mine", await _netns.Save(Other(backend), Family.Ipv4), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task DockersChainsWeighMoreThanRulesInTheOtherVariantWhichIsWarnedOf(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, DockerHost.Layout);
        await _netns.Iptables(Other(backend), Family.Ipv4, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT");
        Assert.Equal((backend.Name(), 1), await Diff());
        foreach (var command in new[] { "check", "diff", "apply" })
        {
            var told = await _netns.Netguard(command, "--config", _config);
            Assert.Contains(
                $"warning: both iptables-nft and iptables-legacy hold rules, and packets pass both; guarding {backend.Name()} (Docker's chains are there); "
                    + "say backend: nft or backend: legacy to settle it\n",
                told.Output, StringComparison.Ordinal);
        }

        var snapshot = (await _netns.Netguard("snapshot")).Succeeded();
        Assert.Contains($"backend: {backend.Name()}\n", snapshot.Output, StringComparison.Ordinal);
        Assert.StartsWith("netguard: both iptables-nft and iptables-legacy hold rules", snapshot.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheVariantThatIsDeclaredIsGuardedWithoutAWarning(Backend backend)
    {
        await _netns.LoadLayout(Other(backend), Family.Ipv4, DockerHost.Layout);
        await _netns.Iptables(backend, Family.Ipv4, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT");
        _files.Write("netguard.yaml", $"backend: {backend.Name()}\n{Rules}");
        Assert.Equal((backend.Name(), 0), await Diff());
    }

    [Fact]
    public async Task WhereNothingIsInUseTheAlternativeDecides()
    {
        var version = await _netns.Output("iptables", ["--version"]);
        Assert.Equal((version.Contains("nf_tables", StringComparison.Ordinal) ? "nft" : "legacy", 0), await Diff());
    }

    [Fact]
    public async Task WhatNetGuardLeftInTheOtherVariantIsNoReasonToStayThere()
    {
        // Docker was not there yet when the rules were put into one variant; then it came, and uses the other.
        await _netns.Netguard("apply", "--config", _config);
        await _netns.LoadLayout(Backend.Legacy, Family.Ipv4, DockerHost.Layout);
        Assert.Equal(("legacy", 1), await Diff());
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task TheDaemonWarnsOnceWhenBothComeToHoldRules(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, DockerHost.Layout);
        _files.Write("netguard.yaml", $"interval: 1s\n{Rules}");
        await using var daemon = _netns.StartDaemon(_config);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        for (var i = 1; i <= 2; i++)
        {
            await _netns.Iptables(Other(backend), Family.Ipv4, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT");
            await daemon.WaitForLine(line => line.Contains($"both iptables-nft and iptables-legacy hold rules, and packets pass both; guarding {backend.Name()}", StringComparison.Ordinal));
        }

        Assert.Single(daemon.Lines, line => line.Text.Contains("both iptables-nft", StringComparison.Ordinal));
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("following", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheCommandsTakeTheVariantThatTheDaemonGuards()
    {
        await _netns.Iptables(Backend.Legacy, Family.Ipv4, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT");
        _files.Write("netguard.yaml", $"interval: 1h\n{Rules}");
        await using var daemon = _netns.StartDaemon(_config);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));

        // By itself a command would take the other one from here on, since Docker's chains are there. The daemon would follow.
        daemon.Send(Signal.Stop);
        await _netns.Restore(Backend.Nft, Family.Ipv4, "*filter\n:DOCKER-FORWARD - [0:0]\nCOMMIT\n");
        var diff = await _netns.Netguard("diff", "--config", _config);
        Assert.Contains("guarding legacy (as the daemon does that runs here)", diff.Output, StringComparison.Ordinal);
        Assert.Contains("in sync (iptables-legacy)", diff.Output, StringComparison.Ordinal);
        daemon.Send(Signal.Continue);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private static Backend Other(Backend backend) => backend == Backend.Nft ? Backend.Legacy : Backend.Nft;

    private async Task<(string Backend, int Warnings)> Diff()
    {
        var root = JsonDocument.Parse((await _netns.Netguard("diff", "--json", "--config", _config)).Output).RootElement;
        return (root.GetProperty("backend").GetString()!, root.GetProperty("warnings").GetArrayLength());
    }
}
