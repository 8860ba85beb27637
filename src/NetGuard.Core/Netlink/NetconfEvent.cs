using NetGuard.Core.State;

namespace NetGuard.Core.Netlink;

/// <summary>A change of an interface's settings, told to the groups IPV4_NETCONF and IPV6_NETCONF: linux/netconf.h, linux/rtnetlink.h.</summary>
/// <param name="Family">Whose settings.</param>
/// <param name="Interface">The interface's number; -1 is conf.all, -2 conf.default.</param>
public readonly record struct NetconfEvent(Family Family, int Interface)
{
    /// <summary>Whether the interface, and its settings with it, is gone.</summary>
    public bool IsGone { get; init; }

    /// <summary>RTNLGRP_IPV4_NETCONF.</summary>
    public const int Ipv4Group = 24;

    /// <summary>RTNLGRP_IPV6_NETCONF.</summary>
    public const int Ipv6Group = 25;

    private const ushort NewNetconf = 80; // RTM_NEWNETCONF
    private const ushort DeleteNetconf = 81; // RTM_DELNETCONF: the interface is gone, or has another name
    private const ushort InterfaceIndex = 1; // NETCONFA_IFINDEX
    private const int HeaderLength = 1; // struct netconfmsg: the family
    private const byte Inet = 2;
    private const byte Inet6 = 10;

    /// <summary>Reads a message; false where it is about something else, or broken.</summary>
    public static bool TryParse(in NetlinkMessage message, out NetconfEvent change)
    {
        change = default;
        if (message.Type is not (NewNetconf or DeleteNetconf) || message.Payload.Length < HeaderLength || message.Payload[0] is not (Inet or Inet6)
            || !NlAttr.TryFind(message.Attributes(HeaderLength), InterfaceIndex, out var index) || !index.TryGetNative(out var number))
        {
            return false;
        }

        change = new(message.Payload[0] == Inet ? Family.Ipv4 : Family.Ipv6, number) { IsGone = message.Type == DeleteNetconf };
        return true;
    }
}
