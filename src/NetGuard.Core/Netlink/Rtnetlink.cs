namespace NetGuard.Core.Netlink;

/// <summary>The few messages and attributes of routing that are asked: linux/rtnetlink.h, linux/fib_rules.h.</summary>
public static class Rtnetlink
{
    /// <summary>RTM_NEWROUTE: what GETROUTE answers with.</summary>
    public const ushort NewRoute = 24;

    /// <summary>RTM_GETROUTE.</summary>
    public const ushort GetRoute = 26;

    /// <summary>RTM_NEWRULE.</summary>
    public const ushort NewRule = 32;

    /// <summary>RTM_GETRULE.</summary>
    public const ushort GetRule = 34;

    /// <summary>struct rtmsg; struct fib_rule_hdr is as long.</summary>
    public const int HeaderLength = 12;

    /// <summary>RTM_F_FIB_MATCH: answer with the route as it stands in its table, all its ways included.</summary>
    public const uint FibMatch = 0x2000;

    /// <summary>RTA_DST.</summary>
    public const ushort Destination = 1;

    /// <summary>RTA_OIF, s32.</summary>
    public const ushort OutInterface = 4;

    /// <summary>RTA_MULTIPATH.</summary>
    public const ushort Multipath = 9;

    /// <summary>RTN_UNICAST.</summary>
    public const byte Unicast = 1;

    /// <summary>RTN_LOCAL: the address is the host's own.</summary>
    public const byte Local = 2;

    /// <summary>FRA_PRIORITY, u32; left out where it is 0.</summary>
    public const ushort RulePriority = 6;

    /// <summary>The priorities of the rules that every host has: local, main and default (net/ipv4/fib_rules.c, net/ipv6/fib6_rules.c).</summary>
    public static ReadOnlySpan<int> UsualPriorities => [0, 32766, 32767];
}
