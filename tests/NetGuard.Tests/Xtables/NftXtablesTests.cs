using NetGuard.Core.Ports;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.Xtables;

public sealed class NftXtablesTests : XtablesContract
{
    protected override async Task<IBench> Make() => await NetnsBench.Make(Backend.Nft);

    [Theory]
    [InlineData("rule ip filter FORWARD ct state vmap { established : accept, new : drop }")]
    [InlineData("rule ip filter FORWARD fib saddr type local drop")]
    [InlineData("rule ip filter FORWARD quota 5 mbytes drop")]
    public async Task ATableWithNativeRulesIsUnreadableAndNotEmpty(string add)
    {
        await using var bench = await NetnsBench.Make(Backend.Nft);
        await bench.Netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-i", "a", "-j", "ACCEPT");
        await bench.Netns.Iptables(Backend.Nft, Family.Ipv4, "-t", "raw", "-A", "PREROUTING", "-i", "a", "-j", "ACCEPT");
        await bench.Netns.Output("nft", ["add", .. add.Split(' ')]);
        var ruleset = await bench.Xtables.ReadAsync(Family.Ipv4, TestContext.Current.CancellationToken);
        Assert.NotNull(ruleset.WhyUnreadable(TableName.Filter));
        Assert.Null(ruleset.WhyUnreadable(TableName.Raw));
        Assert.Single(ruleset.Find(new(TableName.Raw, new("PREROUTING")))!.Rules);
    }

    [Fact]
    public async Task ANativeRuleThatTheToolChokesOnIsAFailedRead()
    {
        await using var bench = await NetnsBench.Make(Backend.Nft);
        await bench.Netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-i", "a", "-j", "ACCEPT");
        await bench.Netns.Output("nft", ["add", "rule", "ip", "filter", "FORWARD", "ip", "dscp", "1", "drop"]);
        var failure = await Assert.ThrowsAsync<XtablesException>(() => bench.Xtables.ReadAsync(Family.Ipv4, TestContext.Current.CancellationToken));
        Assert.Contains("Parsing nftables rule failed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANativeChainBesideThemLeavesTheOthersReadable()
    {
        await using var bench = await NetnsBench.Make(Backend.Nft);
        await bench.Netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-i", "a", "-j", "ACCEPT");
        await bench.Netns.Output("nft", ["add", "chain", "ip", "filter", "native", "{ type filter hook forward priority 10 ; }"]);
        var ruleset = await bench.Xtables.ReadAsync(Family.Ipv4, TestContext.Current.CancellationToken);
        Assert.Single(ruleset.Find(ChainKey.Forward)!.Rules);
    }

    [Fact]
    public async Task ForeignNftTablesAreNobodysBusiness()
    {
        await using var bench = await NetnsBench.Make(Backend.Nft);
        await bench.Netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "FORWARD", "-i", "a", "-j", "ACCEPT");
        await bench.Netns.Output("nft", ["-f", "-"], "table ip docker-bridges {\nchain c {\ntype filter hook forward priority 0;\nmeta mark 1 drop\n}\n}\n");
        var ruleset = await bench.Xtables.ReadAsync(Family.Ipv4, TestContext.Current.CancellationToken);
        Assert.Empty(ruleset.Unreadable);
        Assert.Single(ruleset.Find(ChainKey.Forward)!.Rules);
    }
}
