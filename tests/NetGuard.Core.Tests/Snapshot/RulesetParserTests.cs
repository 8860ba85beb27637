using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Export;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using Xunit;

namespace NetGuard.Core.Tests.Snapshot;

public sealed class RulesetParserTests
{
    private static readonly Gen<string> Line = Gen.OneOf(
        Gen.OneOf("*filter", "*nat", "*foo", "COMMIT", ":FORWARD ACCEPT [0:0]", ":X - [0:0]", ":X -", ":", "-A FORWARD -j X", "-A FORWARD -j \"a b\"", "-A X", "-A", "-", "[", "[0:0] -A FORWARD",
            "-A FORWARD -m comment --comment \"x", "y\" -j DROP", "# Table `filter' is incompatible, use 'nft' tool.", "# Table `foo' is incompatible, use 'nft' tool.", "able ` is incompatible, use 'nft' tool", "#", " ", "\r"),
        Gen.String[0, 20],
        Gen.String[Gen.Char["*:-[]AC#\"'\\ \tX"], 0, 12]);

    private static Ruleset Parse(string text) => RulesetParser.Parse(Family.Ipv4, text);

    private static Ruleset? TryParse(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (UnreadableRulesetException)
        {
            return null;
        }
    }

    private static string Dump(World world)
    {
        var kernel = new FakeTables();
        kernel.Load(world.LoadText());
        kernel.Restore("*nat\n-A PREROUTING -i a -j ACCEPT\nCOMMIT\n*raw\n-A PREROUTING -i b -j ACCEPT\nCOMMIT\n");
        return kernel.Save();
    }

    [Fact]
    public void AnyTextIsReadOrUnreadable() => Line.Array[0, 12].Select(lines => string.Join('\n', lines)).Sample(
        text =>
        {
            // Whatever was read can be compared, too.
            if (TryParse(text) is { } ruleset)
            {
                _ = RulesetDiff.Between(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-j DROP"])]), ruleset);
                _ = SnapshotScope.Of([ruleset], all: true);
            }
        },
        iter: 20_000);

    [Fact]
    public void ATextThatIsCutOffNeverMakesATableSmaller() => RandomWorlds.Any.Select(Dump).Sample(
        dump =>
        {
            var whole = Parse(dump);
            for (var end = 0; end < dump.Length; end = dump.IndexOf('\n', end) + 1 is var next && next > 0 ? next : dump.Length)
            {
                foreach (var cut in (int[])[end, Math.Min(end + 3, dump.Length)])
                {
                    // Between two tables a cut leaves no trace in the text: there, the tool's exit code tells.
                    Assert.All(TryParse(dump[..cut])?.Tables ?? [], table => Assert.Contains(table, whole.Tables));
                }
            }
        },
        iter: 150);

    [Fact]
    public void WhatWasReadAndIsWrittenAgainIsReadTheSame() => RandomWorlds.Any.Sample(
        world =>
        {
            var ruleset = Parse(Dump(world));
            Assert.Equal(ruleset, Parse(Print(ruleset)));
            var kernel = new FakeTables();
            kernel.Load(world.LoadText());
            Assert.Equal(Parse(kernel.Save()), Parse(kernel.Save(counters: true)));
        },
        iter: 500);

    [Theory]
    [InlineData("a/b")]
    [InlineData("q'x")]
    [InlineData("b\\c")]
    [InlineData("é#b|c;d")]
    [InlineData("a-chain-of-nft-with-a-name-longer-than-iptables-takes")]
    public void AStrangersOddChainHidesNothing(string name)
    {
        var ruleset = Parse($"*filter\n:FORWARD ACCEPT [0:0]\n:{name} - [0:0]\n-A FORWARD -j {name}\n-A FORWARD -i a -j DROP\n-A {name} -j ACCEPT\nCOMMIT\n");
        Assert.Equal(2, ruleset.Find(ChainKey.Forward)!.Rules.Count);
        Assert.Single(ruleset.Find(new(TableName.Filter, new(name)))!.Rules);
        var diff = RulesetDiff.Between(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-j DROP"])]), ruleset);
        Assert.Contains(diff.Drifts, d => d.Kind == DriftKind.Unreachable);
    }

    [Fact]
    public void ACommentWithALineBreakIsNotTakenForARule()
    {
        const string Forged = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment \"x\n-A FORWARD -i eth0 -j DROP\n-A FORWARD -m comment --comment \\\"\" -j ACCEPT\nCOMMIT\n";
        Assert.Equal("ACCEPT", Assert.Single(Parse(Forged).Find(ChainKey.Forward)!.Rules).Target);
    }

    [Fact]
    public void ATableThatIsListedTwiceIsUnreadable() =>
        Assert.Throws<UnreadableRulesetException>(() => Parse("*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"));

    [Fact]
    public void AnIncompatibleTableIsNotReadEvenWhereItIsListed()
    {
        var ruleset = Parse("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DROP\nCOMMIT\nchain `X' in table `filter' is incompatible, use 'nft' tool.\n");
        Assert.Empty(ruleset.Tables);
        Assert.NotNull(ruleset.WhyUnreadable(TableName.Filter));
    }

    [Fact]
    public void ABuiltinChainThatNftHasMadeWithoutAHookIsNoneThatIsKnown()
    {
        var ruleset = Parse("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:FORWARD - [0:0]\n-A FORWARD -j DROP\nCOMMIT\n");
        Assert.Null(ruleset.WhyUnreadable(ChainKey.Input));
        Assert.Contains("without a hook", ruleset.WhyUnreadable(ChainKey.Forward), StringComparison.Ordinal);
    }

    private static string Print(Ruleset ruleset) => string.Concat(ruleset.Tables.Select(table =>
        $"*{table.Name}\n"
        + string.Concat(table.Chains.Select(c => $":{c.Name} {c.Policy?.Name() ?? "-"} [0:0]\n"))
        + string.Concat(table.Chains.SelectMany(c => c.Rules, (c, r) => $"-A {c.Name} {r.Text}\n"))
        + "COMMIT\n"));
}
