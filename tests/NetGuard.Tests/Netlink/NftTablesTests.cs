using NetGuard.Core.Netlink;
using NetGuard.Core.State;
using NetGuard.Netlink;
using NetGuard.Tests.TestBed;
using NetGuard.Tests.Xtables;
using Xunit;

namespace NetGuard.Tests.Netlink;

/// <summary>What is dumped of a chain, put back as it was, and what the tools make of it.</summary>
public class NftTablesTests
{
    private static readonly ChainKey Forward = ChainKey.Forward;
    private static readonly ChainKey DockerUser = ChainKey.DockerUser;

    public static TheoryData<Family> Families => [Family.Ipv4, Family.Ipv6];

    private static async Task<Netns> Load(Family family, string rules)
    {
        var netns = await Netns.Create();
        await netns.Restore(Backend.Nft, family, $"*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n{rules}COMMIT\n");
        return netns;
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task AFlushedChainIsAsItWasWhenItsBytesAreBack(Family family)
    {
        await using var netns = await Netns.Create();
        await netns.Output("ipset", ["create", "banned", "hash:ip", "family", family == Family.Ipv4 ? "inet" : "inet6"]);
        var chains = new HashSet<ChainKey>();
        foreach (var (chain, rule) in CommonRules.For(family))
        {
            var user = rule.EndsWith("CHAIN", StringComparison.Ordinal) ? ":CHAIN - [0:0]\n" : "";
            if ((await netns.Run($"{family.Tool()}-nft-restore", ["--noflush"], $"*{chain.Table}\n{user}-A {chain.Chain} {rule}\nCOMMIT\n")).ExitCode == 0)
            {
                chains.Add(chain);
            }
        }

        var before = await netns.Save(Backend.Nft, family);
        using var tables = await netns.Inside(NftTables.Open);
        var dumped = chains.ToDictionary(key => key, key => tables.DumpRules(family, key));
        foreach (var table in chains.Select(key => key.Table.Value).Distinct())
        {
            await netns.Iptables(Backend.Nft, family, "-t", table, "-F");
        }

        Assert.All(chains, key => Assert.Empty(tables.DumpRules(family, key)));
        var batch = new NftBatch(tables.ReadGeneration());
        foreach (var (key, rules) in dumped)
        {
            foreach (var rule in rules)
            {
                batch.AppendRule(family, key, rule.Body);
            }
        }

        tables.Commit(batch);
        Assert.Equal(Lines(before), Lines(await netns.Save(Backend.Nft, family)));
        Assert.All(dumped, chain => Assert.Equal(chain.Value.Select(Hex), tables.DumpRules(family, chain.Key).Select(Hex)));
        Assert.InRange(dumped.Sum(chain => chain.Value.Count), 60, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task RulesGoFirstLastAndBetweenOthers(Family family)
    {
        await using var netns = await Load(family, "-A FORWARD -i a -j ACCEPT\n-A FORWARD -i b -j ACCEPT\n-A FORWARD -i c -j ACCEPT\n-A DOCKER-USER -i x -p tcp -j REJECT --reject-with tcp-reset\n");
        using var tables = await netns.Inside(NftTables.Open);
        var body = Assert.Single(tables.DumpRules(family, DockerUser)).Body;
        var strangers = tables.DumpRules(family, Forward);
        var batch = new NftBatch(tables.ReadGeneration());
        batch.InsertRule(family, Forward, body);
        batch.InsertRuleBehind(family, Forward, strangers[0].Handle, body);
        batch.InsertRuleBefore(family, Forward, strangers[2].Handle, body);
        batch.AppendRule(family, Forward, body);
        batch.DeleteRule(family, DockerUser, tables.DumpRules(family, DockerUser)[0].Handle);
        batch.SetPolicy(family, Forward, ChainPolicy.Accept);
        batch.CreateChain(family, new(TableName.Filter, new("NEW")));
        Assert.Equal(7, batch.Count);
        tables.Commit(batch);
        var saved = await netns.Save(Backend.Nft, family);
        Assert.Equal(["x", "a", "x", "b", "x", "c", "x"], Lines(saved).Where(line => line.StartsWith("-A FORWARD", StringComparison.Ordinal)).Select(line => line.Split(' ')[3]));
        Assert.Contains(":FORWARD ACCEPT", saved, StringComparison.Ordinal);
        Assert.Contains(":NEW -", saved, StringComparison.Ordinal);
        Assert.Empty(tables.DumpRules(family, DockerUser));
        Assert.Equal(strangers.Select(r => r.Handle), tables.DumpRules(family, Forward).Select(r => r.Handle).Where(strangers.Select(r => r.Handle).Contains));
    }

    [Fact]
    public async Task ACommitInBetweenMakesTheKernelRefuseTheWholeBatch()
    {
        await using var netns = await Load(Family.Ipv4, "-A DOCKER-USER -i x -j DROP\n");
        using var tables = await netns.Inside(NftTables.Open);
        var batch = new NftBatch(tables.ReadGeneration());
        batch.DeleteRule(Family.Ipv4, DockerUser, tables.DumpRules(Family.Ipv4, DockerUser)[0].Handle);
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "DOCKER-USER", "-i", "y", "-j", "DROP");
        Assert.True(Assert.Throws<NetlinkException>(() => tables.Commit(batch)).IsInterrupted);
        Assert.Equal(2, tables.DumpRules(Family.Ipv4, DockerUser).Count);
    }

    [Fact]
    public async Task OneRefusedChangeRefusesThemAllAndSaysWhy()
    {
        await using var netns = await Load(Family.Ipv4, "-A DOCKER-USER -i x -j DROP\n");
        using var tables = await netns.Inside(NftTables.Open);
        var rule = tables.DumpRules(Family.Ipv4, DockerUser)[0];
        var batch = new NftBatch(tables.ReadGeneration());
        batch.DeleteRule(Family.Ipv4, DockerUser, rule.Handle);
        batch.AppendRule(Family.Ipv4, new(TableName.Filter, new("NOSUCH")), rule.Body);
        batch.AppendRule(Family.Ipv4, DockerUser, rule.Body);
        Assert.True(Assert.Throws<NetlinkException>(() => tables.Commit(batch)).IsAbsent);
        Assert.Equal(rule.Handle, Assert.Single(tables.DumpRules(Family.Ipv4, DockerUser)).Handle);

        // The socket is fit for the next one.
        var next = new NftBatch(tables.ReadGeneration());
        next.DeleteRule(Family.Ipv4, DockerUser, rule.Handle);
        tables.Commit(next);
        Assert.Empty(tables.DumpRules(Family.Ipv4, DockerUser));
    }

    [Fact]
    public async Task ManyRulesGoInOneCommit()
    {
        const int Many = 10_000;
        await using var netns = await Load(
            Family.Ipv4, string.Concat(Enumerable.Range(0, Many).Select(i => $"-A DOCKER-USER -s 10.1.{i >> 8}.{i & 255}/32 -m comment --comment \"netguard:r{i}\" -j DROP\n")));
        var before = await netns.Save(Backend.Nft, Family.Ipv4);
        using var tables = await netns.Inside(NftTables.Open);
        var rules = tables.DumpRules(Family.Ipv4, DockerUser);
        Assert.Equal(Many, rules.Count);
        await netns.Iptables(Backend.Nft, Family.Ipv4, "-F");
        var generation = tables.ReadGeneration();
        var batch = new NftBatch(generation);
        foreach (var rule in rules)
        {
            batch.AppendRule(Family.Ipv4, DockerUser, rule.Body);
        }

        tables.Commit(batch);
        Assert.Equal(generation + 1, tables.ReadGeneration());
        Assert.Equal(Lines(before), Lines(await netns.Save(Backend.Nft, Family.Ipv4)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task ChainsAreToldWithTheirHookAndPolicy(Family family)
    {
        await using var netns = await Load(family, "-A FORWARD -j DOCKER-USER\n");
        await netns.Output("nft", ["add table inet other"]);
        using var tables = await netns.Inside(NftTables.Open);
        var forward = tables.FindChain(family, Forward)!;
        Assert.Equal((2u, 0, "filter", ChainPolicy.Drop), (forward.Hook, forward.Priority, forward.Type, forward.Policy));
        Assert.Equal((null, null, null, 1u), (tables.FindChain(family, DockerUser) is var user ? user!.Hook : 0, user.Type, user.Policy, user.Uses));
        Assert.Null(tables.FindChain(family, new(TableName.Filter, new("NOSUCH"))));
        Assert.Null(tables.FindChain(family, new(TableName.Mangle, new("FORWARD"))));
        Assert.Empty(tables.DumpRules(family, new(TableName.Mangle, new("FORWARD"))));
        Assert.Equal(["FORWARD", "DOCKER-USER"], tables.DumpChains(family).Select(chain => chain.Name).Where(name => name is not ("INPUT" or "OUTPUT")));
        Assert.Contains(forward, tables.DumpChains(family));
    }

    [Fact]
    public async Task WhatARuleCountedIsNoPartOfItsBody()
    {
        await using var netns = await Load(Family.Ipv4, "-A DOCKER-USER -i x -p tcp -m multiport --dports 80,443 -m limit --limit 5/min -j DROP\n");
        using var tables = await netns.Inside(NftTables.Open);
        var before = tables.DumpRules(Family.Ipv4, DockerUser)[0];
        await netns.Output("iptables-nft-restore", ["--counters"], "*filter\n:DOCKER-USER - [0:0]\n[7:700] -A DOCKER-USER -i x -p tcp -m multiport --dports 80,443 -m limit --limit 5/min -j DROP\nCOMMIT\n");
        Assert.Contains("[7:700]", await netns.Save(Backend.Nft, Family.Ipv4, counters: true), StringComparison.Ordinal);
        var after = tables.DumpRules(Family.Ipv4, DockerUser)[0];
        Assert.NotEqual(before.Handle, after.Handle);
        Assert.Equal(Hex(before), Hex(after));
        Assert.Contains("match multiport", NftRuleBody.ExpressionNames(after.Body));
    }

    private static string Hex(NftRule rule) => Convert.ToHexString(rule.Body);

    private static string[] Lines(string saved) => [.. saved.Split('\n').Where(line => line is not ['#', ..])];
}
