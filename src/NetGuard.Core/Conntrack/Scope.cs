using NetGuard.Core.State;

namespace NetGuard.Core.Conntrack;

/// <summary>How far packets with an address go.</summary>
internal static class Scope
{
    /// <summary>Whether an address is many hosts': a route to it says nothing of who hears it.</summary>
    public static bool IsForMany(Family family, UInt128 address) => family == Family.Ipv4
        ? address >> 28 == 0xE || address == uint.MaxValue
        : address >> 120 == 0xFF;

    /// <summary>
    /// Whether the kernel forwards packets from one address to another, should it get them: not what names no host (0.0.0.0/8, ::), what
    /// stays on its link (224.0.0.0/24, ff02::, 255.255.255.255, fe80:: as source), or in its host. ip_mr_input, ip_route_input_slow and ip6_forward.
    /// </summary>
    public static bool IsForwarded(Family family, UInt128 source, UInt128 destination) => family == Family.Ipv4
        ? (uint)(source >> 24) is not (0 or 127) && destination >> 24 != 127 && destination >> 8 != 0xE00000 && destination != uint.MaxValue
        : source > 1 && source >> 118 != 0x3FA && destination > 1 && !(destination >> 120 == 0xFF && (destination >> 112 & 0xF) <= 2);
}
