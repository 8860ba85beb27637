using NetGuard.Core.Netlink;

namespace NetGuard.Core.Nftables;

/// <summary>
/// The expressions of nf_tables, and the extensions of xtables in them, whose dumped bytes are all that they are: put back they make the
/// same rule, and two rules with the same bytes look the same. NftTablesTests puts each of them to the test.
/// </summary>
public static class Repertoire
{
    // Not here: match and target "set", whose bytes hold the number of a set. It may be another one's by tomorrow.
    private static readonly HashSet<string> Known =
    [
        "bitwise", "cmp", "counter", "immediate", "limit", "log", "meta", "payload", "range",
        .. Names("match", "addrtype comment connbytes connlimit connmark conntrack cpu dscp frag hashlimit helper hl icmp icmp6 iprange length limit mac mark "
            + "multiport owner physdev pkttype quota recent rpfilter rt sctp socket state statistic string tcp time ttl u32 udp"),
        .. Names("target", "CHECKSUM CLASSIFY CONNMARK CT DNAT DSCP HL LOG MARK MASQUERADE NETMAP NFLOG NOTRACK REDIRECT REJECT SNAT TCPMSS TPROXY TRACE TTL"),
    ];

    /// <summary>Whether all of a rule's expressions are among them.</summary>
    public static bool Holds(ReadOnlySpan<byte> body)
    {
        foreach (var name in NftRuleBody.ExpressionNames(body))
        {
            if (!Known.Contains(name))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether iptables cannot have written a rule, though its tools may print it, as another: one that looks something up in a set of nf_tables.</summary>
    public static bool IsNative(ReadOnlySpan<byte> body) => NftRuleBody.ExpressionNames(body).Any(name => name is "lookup" or "dynset" or "objref");

    private static IEnumerable<string> Names(string kind, string names) => names.Split(' ').Select(name => $"{kind} {name}");
}
