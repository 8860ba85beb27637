namespace NetGuard.Core.Config;

/// <summary>Every key that a configuration may hold. The editors' JSON schema is held to these by a test.</summary>
internal static class ConfigKeys
{
    /// <summary>Of a file.</summary>
    public static IReadOnlyList<string> Root { get; } = ["mode", "interval", "backend", "families", "forwarding", "sysctls", "chains", "metrics"];

    /// <summary>Of a file, in a version to come.</summary>
    public static IReadOnlyList<string> Later { get; } = ["docker"];

    /// <summary>Of <c>forwarding</c>.</summary>
    public static IReadOnlyList<string> Forwarding { get; } = ["ipv4", "ipv6", "interfaces"];

    /// <summary>Of a chain.</summary>
    public static IReadOnlyList<string> Chain { get; } = ["policy", "exclusive", "family", "rules"];

    /// <summary>Of a rule.</summary>
    public static IReadOnlyList<string> Rule { get; } = ["name", "rule", "position", "family"];

    /// <summary>Of <c>metrics</c>.</summary>
    public static IReadOnlyList<string> Metrics { get; } = ["textfile"];

    /// <summary>Of whatever is declared by family.</summary>
    public static IReadOnlyList<string> ByFamily { get; } = ["ipv4", "ipv6"];
}
