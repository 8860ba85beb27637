namespace NetGuard.Core.Config;

/// <summary>Every key that a configuration may hold. The editors' JSON schema is held to these by a test.</summary>
internal static class ConfigKeys
{
    /// <summary>Of a file.</summary>
    public static IReadOnlyList<string> Root { get; } = ["mode", "interval", "backend", "families", "forwarding", "sysctls", "chains", "docker", "metrics"];

    /// <summary>Of <c>forwarding</c>.</summary>
    public static IReadOnlyList<string> Forwarding { get; } = ["ipv4", "ipv6", "interfaces"];

    /// <summary>Of a chain.</summary>
    public static IReadOnlyList<string> Chain { get; } = ["policy", "exclusive", "family", "rules"];

    /// <summary>Of a rule.</summary>
    public static IReadOnlyList<string> Rule { get; } = ["name", "rule", "position", "family"];

    /// <summary>Of <c>docker</c>.</summary>
    public static IReadOnlyList<string> Docker { get; } = ["socket", "icc", "networks", "links", "published", "heal"];

    /// <summary>Of one of Docker's networks.</summary>
    public static IReadOnlyList<string> DockerNetwork { get; } = ["icc"];

    /// <summary>Of a link.</summary>
    public static IReadOnlyList<string> DockerLink { get; } = ["from", "to", "ports"];

    /// <summary>Of an item of <c>published</c>.</summary>
    public static IReadOnlyList<string> DockerPublished { get; } = ["interfaces", "ports", "allow"];

    /// <summary>Of <c>metrics</c>.</summary>
    public static IReadOnlyList<string> Metrics { get; } = ["textfile"];

    /// <summary>Of whatever is declared by family.</summary>
    public static IReadOnlyList<string> ByFamily { get; } = ["ipv4", "ipv6"];
}
