namespace NetGuard.Core.State;

/// <summary>What the words behind <c>-j</c> are: verdicts, extensions or chains.</summary>
public static class Targets
{
    // iptables-extensions(8) and xtables-addons(8).
    private static readonly HashSet<string> Passing =
    [
        "ACCOUNT", "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER", "IPMARK",
        "LED", "LOG", "LOGMARK", "MARK", "NFLOG", "NOTRACK", "PROTO", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS",
        "TRACE", "TTL", "ULOG",
    ];

    private static readonly HashSet<string> Deciding =
    [
        "ACCEPT", "CHAOS", "CLUSTERIP", "DELUDE", "DHCPMAC", "DNAT", "DNETMAP", "DNPT", "DROP", "ECHO", "MASQUERADE", "MIRROR", "NETMAP",
        "NFQUEUE", "QUEUE", "REDIRECT", "REJECT", "RETURN", "SAME", "SNAT", "SNPT", "SYNPROXY", "SYSRQ", "TARPIT", "TPROXY",
    ];

    /// <summary>All targets that are not chains.</summary>
    public static IEnumerable<string> Known => Deciding.Concat(Passing);

    /// <summary>Whether a packet goes on to the next rule after this target.</summary>
    public static bool LetsPass(string target) => Passing.Contains(target);

    /// <summary>Whether the word is a chain's name: neither a verdict nor an extension.</summary>
    public static bool IsChain(string target) =>
        !Deciding.Contains(target) && !Passing.Contains(target) && ChainName.IsPrintable(target);

    /// <summary>Whether the packet's way ends here, and not with a pass.</summary>
    public static bool Refuses(string? target) => target is "DROP" or "REJECT" or "TARPIT";
}
