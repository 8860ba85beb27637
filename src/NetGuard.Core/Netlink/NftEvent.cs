using NetGuard.Core.State;

namespace NetGuard.Core.Netlink;

/// <summary>
/// What a message of NFNLGRP_NFTABLES tells about a table, a chain, a rule or the end of a commit: net/netfilter/nf_tables_api.c. Its
/// bytes stay where they are.
/// </summary>
public readonly ref struct NftEvent
{
    private NftEvent(byte kind, byte family)
    {
        Kind = kind;
        Family = family;
    }

    /// <summary>NFT_MSG_...</summary>
    public byte Kind { get; }

    /// <summary>The family of the table: NFPROTO_...</summary>
    public byte Family { get; }

    /// <summary>The table's name.</summary>
    public ReadOnlySpan<byte> Table { get; private init; }

    /// <summary>The chain's name; empty where a table or a generation is meant.</summary>
    public ReadOnlySpan<byte> Chain { get; private init; }

    /// <summary>The rule's number; 0 where no rule is meant.</summary>
    public ulong Handle { get; private init; }

    /// <summary>The chain's policy; null where it has none, or no chain is meant.</summary>
    public ChainPolicy? Policy { get; private init; }

    /// <summary>The generation that is in force from now on.</summary>
    public uint Generation { get; private init; }

    /// <summary>Who committed: the thread's number in the host's pid namespace; 0 where the kernel did not say.</summary>
    public int Pid { get; private init; }

    /// <summary>Its command name, at most 15 bytes.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>Reads a message; false where it is about something else, or broken.</summary>
    public static bool TryParse(in NetlinkMessage message, out NftEvent change)
    {
        change = default;
        if (message.Type >> 8 != Nfnetlink.NftablesSubsystem || message.Payload.Length < Nfnetlink.HeaderLength)
        {
            return false;
        }

        var list = message.Attributes(Nfnetlink.HeaderLength);
        var head = new NftEvent((byte)message.Type, message.Payload[0]);
        switch (head.Kind)
        {
            case NfTables.NewTable or NfTables.DeleteTable when NlAttr.TryFind(list, NfTables.TableName, out var table):
                change = head with { Table = table.Text };
                return true;
            case NfTables.NewChain or NfTables.DeleteChain
                when NlAttr.TryFind(list, NfTables.ChainTable, out var table) && NlAttr.TryFind(list, NfTables.ChainName, out var chain):
                change = head with
                {
                    Table = table.Text,
                    Chain = chain.Text,
                    Policy = NlAttr.TryFind(list, NfTables.ChainPolicy, out var policy) && policy.TryGetBigEndian(out uint verdict)
                        ? verdict == NfTables.Drop ? ChainPolicy.Drop : ChainPolicy.Accept
                        : null,
                };
                return true;
            case NfTables.NewRule or NfTables.DeleteRule
                when NlAttr.TryFind(list, NfTables.RuleTable, out var table) && NlAttr.TryFind(list, NfTables.RuleChain, out var chain):
                change = head with
                {
                    Table = table.Text,
                    Chain = chain.Text,
                    Handle = NlAttr.TryFind(list, NfTables.RuleHandle, out var handle) && handle.TryGetBigEndian(out ulong rule) ? rule : 0,
                };
                return true;
            case NfTables.NewGeneration when NlAttr.TryFind(list, NfTables.GenerationId, out var id) && id.TryGetBigEndian(out uint generation):
                // Both came with Linux 4.17.
                var pid = NlAttr.TryFind(list, NfTables.GenerationPid, out var who) && who.TryGetBigEndian(out uint number) ? number : 0;
                var name = NlAttr.TryFind(list, NfTables.GenerationName, out var called) ? called.Text : default;
                change = head with { Generation = generation, Pid = pid <= int.MaxValue ? (int)pid : 0, Name = name };
                return true;
            default:
                return false;
        }
    }
}
