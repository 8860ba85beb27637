using NetGuard.Core.Diff;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Nftables;

/// <summary>Rulesets in which all is as declared, and what the kernel tells when it is not any more.</summary>
internal static class PromptWorlds
{
    public const uint Generation = 7;

    // The bytes are no matter here, but each rule has its own.
    public static byte[] BodyOf(Rule rule)
    {
        var writer = new NetlinkWriter();
        writer.Message(0, 0, 0);
        writer.Text(NfTables.RuleUserData, rule.Text);
        return writer.Written[Nlmsg.HeaderLength..].ToArray();
    }

    public static KnownRuleset Repaired(World world)
    {
        var kernel = new FakeTables();
        kernel.Load(world.LoadText());
        kernel.Restore(RulesetPlan.For(RulesetDiff.Between(world.Desired, RulesetParser.Parse(Family.Ipv4, kernel.Save()))).ToRestoreText());
        var handle = 0UL;
        return new(Family.Ipv4, Generation, RulesetParser.Parse(Family.Ipv4, kernel.Save()).Chains.ToDictionary(
            chain => chain.Key, chain => new KnownChain(chain.Value, [.. chain.Value.Rules.Select(_ => ++handle)])));
    }

    /// <summary>One chain that has all that is declared for it, numbered from 1, and the chains of the filter table beside it.</summary>
    public static (DesiredRuleset Desired, KnownRuleset Known) Plain(ChainKey key, ChainPolicy? policy, params string[] rules)
    {
        var chain = World.Want(key.Chain.Value, top: rules);
        var isBuiltin = key.Table.BuiltinChains.Contains(key.Chain.Value);
        var handle = 0UL;
        return (
            new(Family.Ipv4, [isBuiltin ? chain with { Policy = policy } : chain]),
            new(Family.Ipv4, Generation, new Dictionary<ChainKey, KnownChain>
            {
                [key] = new(new(key.Chain, isBuiltin ? policy : null, [.. chain.Top.Select(rule => rule.Rule)]), [.. rules.Select(_ => ++handle)]),
            }));
    }

    /// <summary>What the kernel tells of a commit that takes rules out of a chain, and sets its policy.</summary>
    public static byte[] Told(ChainKey key, IEnumerable<ulong> gone, ChainPolicy? policy, Family family = Family.Ipv4)
    {
        var writer = new NetlinkWriter();
        var number = family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6;
        foreach (var handle in gone)
        {
            writer.NetfilterMessage(NfTables.MessageType(NfTables.DeleteRule), 0, 0, number);
            writer.Text(NfTables.RuleTable, key.Table.Value);
            writer.Text(NfTables.RuleChain, key.Chain.Value);
            writer.BigEndian(NfTables.RuleHandle, handle);
        }

        if (policy is not null)
        {
            writer.NetfilterMessage(NfTables.MessageType(NfTables.NewChain), 0, 0, number);
            writer.Text(NfTables.ChainTable, key.Table.Value);
            writer.Text(NfTables.ChainName, key.Chain.Value);
            writer.BigEndian(NfTables.ChainPolicy, policy == ChainPolicy.Drop ? NfTables.Drop : NfTables.Accept);
        }

        return writer.Written.ToArray();
    }

    /// <summary>The same as it is collected.</summary>
    public static NftTransaction Commit(DesiredRuleset desired, KnownRuleset known, ReadOnlySpan<byte> told)
    {
        var (commit, scope) = (new NftTransaction(), WatchScope.Of(new DesiredState([desired], []), [known.ToRuleset()]));
        while (NetlinkMessage.TryRead(ref told, out var message))
        {
            Assert.True(NftEvent.TryParse(message, out var change));
            commit.Add(change, scope);
        }

        return commit;
    }
}
