namespace NetGuard.Core.State;

/// <summary>Which kernel settings move when another one is written.</summary>
/// <remarks>Measured on 6.18 by writing every key of conf/all and conf/default and comparing all of /proc/sys/net before and after;
/// a test does it again on the kernel at hand. In the source: net/ipv4/devinet.c (inet_forward_change,
/// devinet_copy_dflt_conf), net/ipv6/addrconf.c (addrconf_forward_change and its likes), net/core/neighbour.c.</remarks>
public static class SysctlCoupling
{
    private const string AcceptRedirects = "net/ipv4/conf/all/accept_redirects";

    private static readonly SysctlKey AllForwarding = SysctlKey.Parse("net.ipv4.conf.all.forwarding");
    private static readonly SysctlKey ConntrackMax = SysctlKey.Parse("net.netfilter.nf_conntrack_max");
    private static readonly SysctlKey OldConntrackMax = SysctlKey.Parse("net.nf_conntrack_max");

    /// <summary>The names that stand for the same variable of the kernel, the usual one first.</summary>
    public static ValueList<SysctlKey> Names(SysctlKey key) =>
        key == SysctlKey.Ipv4Forwarding || key == AllForwarding ? [SysctlKey.Ipv4Forwarding, AllForwarding]
        : key == ConntrackMax || key == OldConntrackMax ? [ConntrackMax, OldConntrackMax]
        : [key];

    /// <summary>The usual one of a setting's names: <c>net.ipv4.ip_forward</c> for <c>net.ipv4.conf.all.forwarding</c>.</summary>
    public static SysctlKey Usual(SysctlKey key) => Names(key)[0];

    /// <summary>Whether writing a setting changes, or may change, another variable than its own.</summary>
    public static bool Overwrites(SysctlKey written, SysctlKey other)
    {
        if (Usual(written) == SysctlKey.Ipv4Forwarding)
        {
            // inet_forward_change sets accept_redirects to the contrary: a router does not follow redirects.
            return other.RelativePath == AcceptRedirects
                || (InterfaceSysctl.Of(other) is { Family: Family.Ipv4, Name: "forwarding", IsConf: true, Interface: not "all" });
        }

        return InterfaceSysctl.Of(written) is { } from && InterfaceSysctl.Of(other) is { } to
            && from.IsOver && from.Family == to.Family && from.IsConf == to.IsConf && from.Name == to.Name
            && from.Interface != to.Interface && to.Interface != "all";
    }

    /// <summary>Where a setting belongs in an order of writes: what overwrites others comes before what it overwrites.</summary>
    public static int Rank(SysctlKey key) =>
        Usual(key) == SysctlKey.Ipv4Forwarding ? 0
        : InterfaceSysctl.Of(key) switch
        {
            { Interface: "all", IsOver: true } => 0,
            { Interface: "all" or "default" } => 1,
            _ => 2,
        };

    /// <summary>The global switch, by all of its names, whose write also sets the default for new interfaces; none where the setting
    /// is not such a default.</summary>
    public static ValueList<SysctlKey> Switches(SysctlKey key) =>
        InterfaceSysctl.Of(key) is not { Interface: "default" } at ? []
        : at.IsForwarding4 ? Names(SysctlKey.Ipv4Forwarding)
        : at with { Interface = "all" } is { IsOver: true, SetsDefault: true } all ? [all.Key]
        : [];
}
