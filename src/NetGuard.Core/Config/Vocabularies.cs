using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>The words of the configuration.</summary>
internal static class Vocabularies
{
    /// <summary>Of <c>mode</c>.</summary>
    public static Vocabulary<GuardMode> Mode { get; } = new(
        [("enforce", GuardMode.Enforce), ("audit", GuardMode.Audit)],
        [("dry-run", "audit"), ("monitor", "audit"), ("report", "audit"), ("repair", "enforce")]);

    /// <summary>Of <c>backend</c>; null means to find out.</summary>
    public static Vocabulary<Backend?> Backend { get; } = new(
        [("auto", null), ("nft", State.Backend.Nft), ("legacy", State.Backend.Legacy)],
        [("nftables", "nft"), ("nf_tables", "nft"), ("iptables-nft", "nft"), ("iptables-legacy", "legacy"), ("iptables", "auto")]);

    /// <summary>Of <c>families</c> and <c>family</c>.</summary>
    public static Vocabulary<Family> Family { get; } = new(
        [("ipv4", State.Family.Ipv4), ("ipv6", State.Family.Ipv6)],
        [("4", "ipv4"), ("ip4", "ipv4"), ("v4", "ipv4"), ("inet", "ipv4"), ("iptables", "ipv4"),
            ("6", "ipv6"), ("ip6", "ipv6"), ("v6", "ipv6"), ("inet6", "ipv6"), ("ip6tables", "ipv6")]);

    /// <summary>Of a forwarding switch; null means to leave it alone.</summary>
    public static Vocabulary<bool?> Switch { get; } = new(
        [("on", true), ("off", false), ("unmanaged", null)],
        [("true", "on"), ("yes", "on"), ("1", "on"), ("enabled", "on"), ("y", "on"),
            ("false", "off"), ("no", "off"), ("0", "off"), ("disabled", "off"), ("n", "off")]);

    /// <summary>Of <c>heal</c>.</summary>
    public static Vocabulary<bool> OnOff { get; } = new(
        [("on", true), ("off", false)],
        [("true", "on"), ("yes", "on"), ("1", "on"), ("false", "off"), ("no", "off"), ("0", "off")]);

    /// <summary>Of <c>icc</c>.</summary>
    public static Vocabulary<IccMode> Icc { get; } = new(
        [("allow", IccMode.Allow), ("deny", IccMode.Deny), ("unmanaged", IccMode.Unmanaged)],
        [("true", "allow"), ("on", "allow"), ("yes", "allow"), ("accept", "allow"), ("false", "deny"), ("off", "deny"), ("no", "deny"), ("drop", "deny")]);

    /// <summary>Of <c>exclusive</c>.</summary>
    public static Vocabulary<bool> Truth { get; } = new(
        [("true", true), ("false", false)],
        [("on", "true"), ("yes", "true"), ("1", "true"), ("off", "false"), ("no", "false"), ("0", "false")]);

    /// <summary>Of <c>policy</c>.</summary>
    public static Vocabulary<ChainPolicy> Policy { get; } = new(
        [("ACCEPT", ChainPolicy.Accept), ("DROP", ChainPolicy.Drop)],
        [("reject", "DROP"), ("deny", "DROP"), ("allow", "ACCEPT")]);

    /// <summary>Of <c>position</c>.</summary>
    public static Vocabulary<RulePosition> Position { get; } = new(
        [("top", RulePosition.Top), ("bottom", RulePosition.Bottom)],
        [("first", "top"), ("start", "top"), ("last", "bottom"), ("end", "bottom")]);
}
