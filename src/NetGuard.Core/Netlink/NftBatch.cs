using NetGuard.Core.State;

namespace NetGuard.Core.Netlink;

/// <summary>
/// Changes that the kernel makes in one commit, or not at all: NFNL_MSG_BATCH_BEGIN to NFNL_MSG_BATCH_END. Where the generation that they
/// were made for is not in force any more it refuses them.
/// </summary>
/// <param name="generation">The generation.</param>
public sealed class NftBatch(uint generation)
{
    /// <summary>Where in the datagram the generation stands, in network order: the first attribute of its first message.</summary>
    public const int GenerationAt = Nlmsg.HeaderLength + Nfnetlink.HeaderLength + Nlmsg.AttributeHeaderLength;

    private const int Capacity = 1024;
    private readonly NetlinkWriter _writer = new(Capacity);
    private uint _sequence;

    /// <summary>How many changes it holds.</summary>
    public int Count { get; private set; }

    /// <summary>The message that ends it bears this number; so does the answer to it.</summary>
    public uint LastSequence => _sequence;

    /// <summary>Makes a chain that only rules call. The kernel refuses where there is one of that name.</summary>
    public void CreateChain(Family family, ChainKey chain) => Chain(family, chain, Nlmsg.Create | Nlmsg.Exclusive);

    /// <summary>Makes a table, where there is none of that name.</summary>
    public void CreateTable(Family family, TableName table)
    {
        Begin(NfTables.NewTable, Nlmsg.Create, family);
        _writer.Text(NfTables.TableName, table.Value);
        _writer.BigEndian(NfTables.TableFlags, 0u);
    }

    /// <summary>Puts a table to sleep, or wakes it. The kernel refuses where it belongs to another process.</summary>
    public void SetDormant(Family family, TableName table, bool dormant)
    {
        Begin(NfTables.NewTable, 0, family);
        _writer.Text(NfTables.TableName, table.Value);
        _writer.BigEndian(NfTables.TableFlags, dormant ? NfTables.Dormant : 0u);
    }

    /// <summary>Makes a chain that the kernel itself calls. The kernel refuses where there is one of that name.</summary>
    /// <param name="family">The family.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="like">Where and when it is called: the chain that it once was.</param>
    /// <param name="policy">What it does at its end.</param>
    public void CreateHookedChain(Family family, ChainKey chain, NftChain like, ChainPolicy policy)
    {
        Chain(family, chain, Nlmsg.Create | Nlmsg.Exclusive);
        var hook = _writer.BeginNested(NfTables.ChainHook);
        _writer.BigEndian(NfTables.HookNumber, like.Hook ?? throw new ArgumentException("nothing calls it", nameof(like)));
        _writer.BigEndian(NfTables.HookPriority, unchecked((uint)like.Priority));
        _writer.EndNested(hook);
        _writer.BigEndian(NfTables.ChainPolicy, policy == ChainPolicy.Drop ? NfTables.Drop : NfTables.Accept);
        _writer.Text(NfTables.ChainType, like.Type ?? "filter");
    }

    /// <summary>Removes a chain. The kernel refuses while it has rules or is jumped to.</summary>
    public void RemoveChain(Family family, ChainKey chain)
    {
        Begin(NfTables.DeleteChain, 0, family);
        _writer.Text(NfTables.ChainTable, chain.Table.Value);
        _writer.Text(NfTables.ChainName, chain.Chain.Value);
    }

    /// <summary>Sets the policy of a chain that a hook calls.</summary>
    public void SetPolicy(Family family, ChainKey chain, ChainPolicy policy)
    {
        Chain(family, chain, 0);
        _writer.BigEndian(NfTables.ChainPolicy, policy == ChainPolicy.Drop ? NfTables.Drop : NfTables.Accept);
    }

    /// <summary>Puts a rule in as its chain's first.</summary>
    public void InsertRule(Family family, ChainKey chain, ReadOnlySpan<byte> body) => Rule(family, chain, Nlmsg.Create, 0, body);

    /// <summary>Puts a rule in right behind another.</summary>
    public void InsertRuleBehind(Family family, ChainKey chain, ulong handle, ReadOnlySpan<byte> body) =>
        Rule(family, chain, Nlmsg.Create | Nlmsg.Append, handle, body);

    /// <summary>Puts a rule in right before another.</summary>
    public void InsertRuleBefore(Family family, ChainKey chain, ulong handle, ReadOnlySpan<byte> body) =>
        Rule(family, chain, Nlmsg.Create, handle, body);

    /// <summary>Puts a rule in as its chain's last.</summary>
    public void AppendRule(Family family, ChainKey chain, ReadOnlySpan<byte> body) => Rule(family, chain, Nlmsg.Create | Nlmsg.Append, 0, body);

    /// <summary>Takes a rule out.</summary>
    public void DeleteRule(Family family, ChainKey chain, ulong handle)
    {
        Begin(NfTables.DeleteRule, 0, family);
        _writer.Text(NfTables.RuleTable, chain.Table.Value);
        _writer.Text(NfTables.RuleChain, chain.Chain.Value);
        _writer.BigEndian(NfTables.RuleHandle, handle);
    }

    /// <summary>Ends it; nothing can be added any more.</summary>
    /// <returns>One datagram.</returns>
    public ReadOnlySpan<byte> End()
    {
        // The last change asks for an answer: it comes when the kernel has committed.
        _writer.Flag(Nlmsg.Acknowledge);
        _writer.NetfilterMessage(Nfnetlink.BatchEnd, Nlmsg.Request, _sequence + 1, Nfnetlink.Unspecified, Nfnetlink.NftablesSubsystem);
        return _writer.Written;
    }

    private void Chain(Family family, ChainKey chain, ushort flags)
    {
        Begin(NfTables.NewChain, flags, family);
        _writer.Text(NfTables.ChainTable, chain.Table.Value);
        _writer.Text(NfTables.ChainName, chain.Chain.Value);
    }

    private void Rule(Family family, ChainKey chain, ushort flags, ulong position, ReadOnlySpan<byte> body)
    {
        Begin(NfTables.NewRule, flags, family);
        _writer.Text(NfTables.RuleTable, chain.Table.Value);
        _writer.Text(NfTables.RuleChain, chain.Chain.Value);
        if (position != 0)
        {
            _writer.BigEndian(NfTables.RulePosition, position);
        }

        if (NftRuleBody.TryGetProtocol(body, out var protocol, out var compat))
        {
            var nested = _writer.BeginNested(NfTables.RuleCompat);
            _writer.BigEndian(NfTables.CompatProtocol, protocol);
            _writer.BigEndian(NfTables.CompatFlags, compat);
            _writer.EndNested(nested);
        }

        _writer.Raw(body);
    }

    private void Begin(byte message, ushort flags, Family family)
    {
        if (Count++ == 0)
        {
            _writer.NetfilterMessage(Nfnetlink.BatchBegin, Nlmsg.Request, ++_sequence, Nfnetlink.Unspecified, Nfnetlink.NftablesSubsystem);
            _writer.BigEndian(Nfnetlink.BatchGeneration, generation);
        }

        _writer.NetfilterMessage(
            NfTables.MessageType(message), (ushort)(Nlmsg.Request | flags), ++_sequence, family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6);
    }
}
