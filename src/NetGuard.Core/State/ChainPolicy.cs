namespace NetGuard.Core.State;

/// <summary>What a built-in chain does with a packet that no rule decided.</summary>
public enum ChainPolicy
{
    /// <summary>The packet passes.</summary>
    Accept,

    /// <summary>The packet is dropped.</summary>
    Drop,
}

/// <summary>How a policy is written.</summary>
public static class ChainPolicyNames
{
    /// <summary>The word of iptables: <c>ACCEPT</c> or <c>DROP</c>.</summary>
    public static string Name(this ChainPolicy policy) => policy == ChainPolicy.Accept ? "ACCEPT" : "DROP";
}
