using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>What a distribution, or its administrator, has not installed.</summary>
public sealed class InstalledToolsTests : IAsyncLifetime
{
    private const string Set = "chains:\n  FORWARD:\n    rules:\n      - -m set --match-set web src -j DROP\n";
    private const string Plain = "chains:\n  FORWARD:\n    policy: DROP\n    rules:\n      - { name: mine, rule: -j DROP }\n";

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;

    public async ValueTask InitializeAsync() => _netns = await Netns.Create();

    [Theory]
    [InlineData("check")]
    [InlineData("diff")]
    [InlineData("apply")]
    [InlineData("daemon")]
    [InlineData("clear")]
    [InlineData("snapshot")]
    public async Task WithoutIptablesACommandSaysWhatToInstall(string command)
    {
        string[] arguments = command == "snapshot" ? [command] : [command, "--config", _files.Write("netguard.yaml", Plain)];
        Assert.Equal(
            "netguard: iptables is not installed: install the package iptables (apt install iptables, dnf install iptables-nft)",
            Complaint.Line(await OtherTools.Netguard(_netns, _files, "ip*tables* *tables-*-multi", "", arguments)));
    }

    [Fact]
    public async Task MistakesAreToldWithoutIptablesToo()
    {
        var config = _files.Write("netguard.yaml", "moed: audit\n" + Plain);
        Assert.StartsWith($"{config}:1:1: ", Complaint.Line(await OtherTools.Netguard(_netns, _files, "ip*tables*", "", "check", "--config", config)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASetWithoutIpsetSaysWhatToInstall()
    {
        var config = _files.Write("netguard.yaml", Set);
        Assert.Equal(
            "netguard: a rule names an ipset, and ipset is not installed: install the package ipset",
            Complaint.Line(await OtherTools.Netguard(_netns, _files, "ipset", "", "check", "--config", config)));
    }

    [Theory]
    [InlineData("ip*tables-nft*", "", Backend.Legacy)]
    [InlineData("ip*tables-legacy*", "", Backend.Nft)]
    [InlineData("ip*tables*", "iptables-save=xtables-nft-multi iptables-restore=xtables-nft-multi ip6tables-save=xtables-nft-multi ip6tables-restore=xtables-nft-multi", Backend.Nft)]
    [InlineData("ip*tables*", "iptables-save=xtables-legacy-multi iptables-restore=xtables-legacy-multi ip6tables-save=xtables-legacy-multi ip6tables-restore=xtables-legacy-multi", Backend.Legacy)]
    public async Task TheOnlyVariantThatIsInstalledIsTaken(string hidden, string links, Backend backend)
    {
        var config = _files.Write("netguard.yaml", Plain);
        (await OtherTools.Netguard(_netns, _files, hidden, links, "apply", "--config", config)).Succeeded();
        Assert.Contains("netguard:mine", await _netns.Save(backend, Family.Ipv4), StringComparison.Ordinal);
        Assert.Contains(":FORWARD DROP", await _netns.Save(backend, Family.Ipv6), StringComparison.Ordinal);
        (await OtherTools.Netguard(_netns, _files, hidden, links, "clear", "--config", config)).Succeeded();
        Assert.DoesNotContain("netguard:mine", await _netns.Save(backend, Family.Ipv4), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task TheVariantThatIsDeclaredMustBeInstalled(string backend)
    {
        var config = _files.Write("netguard.yaml", $"backend: {backend}\n{Plain}");
        Assert.StartsWith(
            $"netguard: iptables-{backend} (the configuration says backend: {backend}) is not installed: install the package ",
            Complaint.Line(await OtherTools.Netguard(_netns, _files, $"ip*tables-{backend}*", "", "apply", "--config", config)), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }
}
