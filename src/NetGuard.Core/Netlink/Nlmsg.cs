namespace NetGuard.Core.Netlink;

/// <summary>What every netlink message is made of: linux/netlink.h.</summary>
public static class Nlmsg
{
    /// <summary>struct nlmsghdr: length, type, flags, sequence, port.</summary>
    public const int HeaderLength = 16;

    /// <summary>struct nlattr: length, type.</summary>
    public const int AttributeHeaderLength = 4;

    /// <summary>NETLINK_ROUTE: interfaces, addresses, their settings.</summary>
    public const int Route = 0;

    /// <summary>NETLINK_NETFILTER.</summary>
    public const int Netfilter = 12;

    /// <summary>NLMSG_NOOP.</summary>
    public const ushort Noop = 1;

    /// <summary>NLMSG_ERROR: the answer to a failed request, and, with errno 0, the acknowledgement of one that did not fail.</summary>
    public const ushort Error = 2;

    /// <summary>NLMSG_DONE: the end of a dump.</summary>
    public const ushort Done = 3;

    /// <summary>NLM_F_REQUEST.</summary>
    public const ushort Request = 0x01;

    /// <summary>NLM_F_MULTI: more messages follow, until NLMSG_DONE.</summary>
    public const ushort Multi = 0x02;

    /// <summary>NLM_F_ACK: answer also where there is nothing to say.</summary>
    public const ushort Acknowledge = 0x04;

    /// <summary>NLM_F_DUMP_INTR: what is dumped changed meanwhile.</summary>
    public const ushort DumpInterrupted = 0x10;

    /// <summary>NLM_F_DUMP: all objects, not one.</summary>
    public const ushort Dump = 0x300;

    /// <summary>NLM_F_REPLACE.</summary>
    public const ushort Replace = 0x100;

    /// <summary>NLM_F_EXCL: not where it exists.</summary>
    public const ushort Exclusive = 0x200;

    /// <summary>NLM_F_CREATE: where it does not exist.</summary>
    public const ushort Create = 0x400;

    /// <summary>NLM_F_APPEND: behind, not before.</summary>
    public const ushort Append = 0x800;

    /// <summary>NLA_F_NESTED: the attribute's value is attributes.</summary>
    public const ushort Nested = 0x8000;

    /// <summary>NLA_TYPE_MASK: the type without its two flags.</summary>
    public const ushort TypeMask = 0x3fff;

    /// <summary>NLMSG_ALIGN and NLA_ALIGN: up to the next multiple of four.</summary>
    public static int Align(int length) => (length + 3) & ~3;
}
