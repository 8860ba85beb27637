namespace NetGuard.Core.Netlink;

/// <summary>What netfilter's messages have in common: linux/netfilter/nfnetlink.h, linux/netfilter.h.</summary>
public static class Nfnetlink
{
    /// <summary>struct nfgenmsg: family, version, resource.</summary>
    public const int HeaderLength = 4;

    /// <summary>NFNL_SUBSYS_NFTABLES: the upper byte of the type of its messages.</summary>
    public const ushort NftablesSubsystem = 10;

    /// <summary>NFNLGRP_NFTABLES: the group that is told of every change of nf_tables.</summary>
    public const int NftablesGroup = 7;

    /// <summary>NFNL_MSG_BATCH_BEGIN. The resource is the subsystem, in network order.</summary>
    public const ushort BatchBegin = 0x10;

    /// <summary>NFNL_MSG_BATCH_END: commits.</summary>
    public const ushort BatchEnd = 0x11;

    /// <summary>NFNL_BATCH_GENID: the generation that the batch is made for; the kernel refuses it (ERESTART) where another is in force.</summary>
    public const ushort BatchGeneration = 1;

    /// <summary>NFPROTO_IPV4: table family ip.</summary>
    public const byte Ipv4 = 2;

    /// <summary>NFPROTO_IPV6: table family ip6.</summary>
    public const byte Ipv6 = 10;

    /// <summary>NFPROTO_UNSPEC: all families.</summary>
    public const byte Unspecified = 0;
}
