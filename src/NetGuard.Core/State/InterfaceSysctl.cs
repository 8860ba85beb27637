namespace NetGuard.Core.State;

/// <summary>A setting that every interface has, taken apart: <c>net.ipv4.conf.docker0.forwarding</c>.</summary>
/// <param name="Family">The family.</param>
/// <param name="IsConf">Whether it stands below conf; below neigh otherwise.</param>
/// <param name="Interface">The interface's name; <c>all</c> and <c>default</c> are none.</param>
/// <param name="Name">The last part of the name.</param>
public sealed record InterfaceSysctl(Family Family, bool IsConf, string Interface, string Name)
{
    /// <summary>The keys of net.ipv6.conf.all whose write goes to every interface.</summary>
    private static readonly HashSet<string> Ipv6Switches =
        ["forwarding", "disable_ipv6", "ignore_routes_with_linkdown", "addr_gen_mode", "force_forwarding"];

    /// <summary>The keys of net.ipv4.conf.default that only new interfaces take, and none that exists.</summary>
    private static readonly HashSet<string> Ipv4NotCopied =
        ["forwarding", "mc_forwarding", "route_localnet", "disable_policy", "disable_xfrm", "promote_secondaries"];

    /// <summary>Whether no interface is meant, but all of them or the next one.</summary>
    public bool IsCommon => Interface is "all" or "default";

    /// <summary>The setting's name.</summary>
    public SysctlKey Key => SysctlKey.Parse($"net/{Family.Name()}/{(IsConf ? "conf" : "neigh")}/{Interface}/{Name}");

    /// <summary>Whether it is an IPv4 forwarding switch; conf.all's goes by the name of ip_forward.</summary>
    internal bool IsForwarding4 => this is { Family: Family.Ipv4, IsConf: true, Name: "forwarding" };

    /// <summary>Whether writing it reaches interfaces. For conf.default of IPv4 and for neigh.default these are the interfaces
    /// that have neither an address nor had the setting written before.</summary>
    internal bool IsOver => this switch
    {
        { Family: Family.Ipv6, IsConf: true, Interface: "all" } => Ipv6Switches.Contains(Name),
        { Family: Family.Ipv4, IsConf: true, Interface: "default" } => !Ipv4NotCopied.Contains(Name),
        { IsConf: false, Interface: "default" } => true,
        _ => false,
    };

    /// <summary>Whether writing it for all sets the default for new interfaces, too. force_forwarding's does not (6.18).</summary>
    internal bool SetsDefault => Name != "force_forwarding";

    /// <summary>Takes a name apart; null where it is no interface's setting.</summary>
    public static InterfaceSysctl? Of(SysctlKey key) =>
        key.Family is { } family && key.RelativePath.Split('/') is ["net", _, "conf" or "neigh", var @interface, var name]
            ? new(family, key.RelativePath.AsSpan(9).StartsWith("conf/"), @interface, name)
            : null;
}
