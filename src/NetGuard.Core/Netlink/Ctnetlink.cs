namespace NetGuard.Core.Netlink;

/// <summary>The messages and attributes of connection tracking: linux/netfilter/nfnetlink_conntrack.h.</summary>
public static class Ctnetlink
{
    /// <summary>NFNL_SUBSYS_CTNETLINK.</summary>
    public const ushort Subsystem = 1;

    /// <summary>IPCTNL_MSG_CT_NEW: what a dump answers with.</summary>
    public const byte New = 0;

    /// <summary>IPCTNL_MSG_CT_GET.</summary>
    public const byte Get = 1;

    /// <summary>IPCTNL_MSG_CT_DELETE.</summary>
    public const byte Delete = 2;

    /// <summary>CTA_TUPLE_ORIG, nested: the first packet's addresses as it came.</summary>
    public const ushort Original = 1;

    /// <summary>CTA_TUPLE_REPLY, nested: the addresses that an answer has.</summary>
    public const ushort Reply = 2;

    /// <summary>CTA_STATUS, u32: IPS_... bits.</summary>
    public const ushort Status = 3;

    /// <summary>CTA_ID, u32: another connection with the same addresses has another.</summary>
    public const ushort Id = 12;

    /// <summary>CTA_ZONE, u16.</summary>
    public const ushort Zone = 18;

    /// <summary>CTA_TUPLE_IP, nested.</summary>
    public const ushort TupleIp = 1;

    /// <summary>CTA_TUPLE_PROTO, nested.</summary>
    public const ushort TupleProtocol = 2;

    /// <summary>CTA_IP_V4_SRC.</summary>
    public const ushort Ipv4Source = 1;

    /// <summary>CTA_IP_V4_DST.</summary>
    public const ushort Ipv4Destination = 2;

    /// <summary>CTA_IP_V6_SRC.</summary>
    public const ushort Ipv6Source = 3;

    /// <summary>CTA_IP_V6_DST.</summary>
    public const ushort Ipv6Destination = 4;

    /// <summary>CTA_PROTO_NUM, u8.</summary>
    public const ushort ProtocolNumber = 1;

    /// <summary>CTA_PROTO_SRC_PORT, u16.</summary>
    public const ushort SourcePort = 2;

    /// <summary>CTA_PROTO_DST_PORT, u16.</summary>
    public const ushort DestinationPort = 3;

    /// <summary>IPS_EXPECTED: another connection announced it, and its first packet was RELATED.</summary>
    public const uint IsExpected = 0x1;

    /// <summary>IPS_SRC_NAT.</summary>
    public const uint IsSourceTranslated = 0x10;

    /// <summary>IPS_DST_NAT.</summary>
    public const uint IsDestinationTranslated = 0x20;

    /// <summary>The type that a message of connection tracking has in its netlink header.</summary>
    public static ushort MessageType(byte message) => (ushort)(Subsystem << 8 | message);
}
