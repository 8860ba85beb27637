namespace NetGuard.Core.Netlink;

/// <summary>A table of nf_tables as the kernel tells of it: net/netfilter/nf_tables_api.c, nf_tables_fill_table_info.</summary>
/// <param name="IsDormant">Whether its chains are not called.</param>
/// <param name="Owner">The netlink port of the process that it belongs to: nobody else may change it. Null where it is everybody's.</param>
public sealed record NftTable(bool IsDormant, uint? Owner)
{
    /// <summary>Reads NEWTABLE; null where the message is about something else, or broken.</summary>
    public static NftTable? Parse(in NetlinkMessage message)
    {
        if (message.Type != NfTables.MessageType(NfTables.NewTable))
        {
            return null;
        }

        var list = message.Attributes(Nfnetlink.HeaderLength);
        return NlAttr.TryFind(list, NfTables.TableFlags, out var flags) && flags.TryGetBigEndian(out uint set)
            ? new((set & NfTables.Dormant) != 0, NlAttr.TryFind(list, NfTables.TableOwner, out var owner) && owner.TryGetBigEndian(out uint port) ? port : null)
            : null;
    }
}
