namespace NetGuard.Core.State;

/// <summary>Which variant of iptables holds the rules. The two do not see each other's.</summary>
public enum Backend
{
    /// <summary>iptables-nft: the rules live in nf_tables.</summary>
    Nft,

    /// <summary>iptables-legacy: the rules live in x_tables.</summary>
    Legacy,
}

/// <summary>How a backend is written.</summary>
public static class BackendNames
{
    /// <summary>The name that the configuration uses and the tools carry: <c>nft</c> or <c>legacy</c>.</summary>
    public static string Name(this Backend backend) => backend == Backend.Nft ? "nft" : "legacy";
}
