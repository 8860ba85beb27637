using NetGuard.Core.State;

namespace NetGuard.Core.Netlink;

/// <summary>A chain of nf_tables as the kernel tells of it: net/netfilter/nf_tables_api.c, nf_tables_fill_chain_info.</summary>
/// <param name="Table">The table's name. Not only iptables makes tables.</param>
/// <param name="Name">The chain's name.</param>
public sealed record NftChain(string Table, string Name)
{
    /// <summary>The kernel's number for it, never given twice in a table.</summary>
    public ulong Handle { get; private init; }

    /// <summary>NF_INET_...: where the kernel itself calls the chain; null where only rules do.</summary>
    public uint? Hook { get; private init; }

    /// <summary>Its turn among the chains at the same hook.</summary>
    public int Priority { get; private init; }

    /// <summary>filter, nat or route; null where no hook calls it.</summary>
    public string? Type { get; private init; }

    /// <summary>What a chain with a hook does at its end.</summary>
    public ChainPolicy? Policy { get; private init; }

    /// <summary>How many rules it has and how many jump to it, together.</summary>
    public uint Uses { get; private init; }

    /// <summary>Reads NEWCHAIN; null where the message is about something else, or broken.</summary>
    public static NftChain? Parse(in NetlinkMessage message)
    {
        if (message.Type != NfTables.MessageType(NfTables.NewChain))
        {
            return null;
        }

        var list = message.Attributes(Nfnetlink.HeaderLength);
        if (!NlAttr.TryFind(list, NfTables.ChainTable, out var table) || !NlAttr.TryFind(list, NfTables.ChainName, out var name)
            || !NlAttr.TryFind(list, NfTables.ChainHandle, out var handle) || !handle.TryGetBigEndian(out ulong number))
        {
            return null;
        }

        var chain = new NftChain(NftText.Of(table), NftText.Of(name))
        {
            Handle = number,
            Uses = NlAttr.TryFind(list, NfTables.ChainUse, out var use) && use.TryGetBigEndian(out uint uses) ? uses : 0,
        };
        return NlAttr.TryFind(list, NfTables.ChainHook, out var hook) && NlAttr.TryFind(hook.Value, NfTables.HookNumber, out var at) && at.TryGetBigEndian(out uint place)
            ? chain with
            {
                Hook = place,
                Priority = NlAttr.TryFind(hook.Value, NfTables.HookPriority, out var turn) && turn.TryGetBigEndian(out uint priority) ? unchecked((int)priority) : 0,
                Type = NlAttr.TryFind(list, NfTables.ChainType, out var type) ? NftText.Of(type) : null,
                Policy = NlAttr.TryFind(list, NfTables.ChainPolicy, out var policy) && policy.TryGetBigEndian(out uint verdict)
                    ? verdict == NfTables.Drop ? ChainPolicy.Drop : ChainPolicy.Accept
                    : null,
            }
            : chain;
    }
}
