namespace NetGuard.Core.State;

/// <summary>An address family; each has its own tables.</summary>
public enum Family
{
    /// <summary>IPv4: iptables.</summary>
    Ipv4,

    /// <summary>IPv6: ip6tables.</summary>
    Ipv6,
}

/// <summary>How a family is written.</summary>
public static class FamilyNames
{
    /// <summary>The name that the configuration and the log use: <c>ipv4</c> or <c>ipv6</c>.</summary>
    public static string Name(this Family family) => family == Family.Ipv4 ? "ipv4" : "ipv6";

    /// <summary>The tools' stem: <c>iptables</c> or <c>ip6tables</c>.</summary>
    public static string Tool(this Family family) => family == Family.Ipv4 ? "iptables" : "ip6tables";
}
