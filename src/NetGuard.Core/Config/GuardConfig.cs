using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>What the administrator declared: /etc/netguard/netguard.yaml and its drop-ins, merged, with every mistake ruled out that
/// can be seen without the kernel.</summary>
public sealed record GuardConfig
{
    /// <summary>Whether drift is repaired or only reported.</summary>
    public GuardMode Mode { get; init; } = GuardMode.Enforce;

    /// <summary>How long after one backstop check the next one comes.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The variant of iptables to guard; null to find out (<c>auto</c>).</summary>
    public Backend? Backend { get; init; }

    /// <summary>The families to guard.</summary>
    public ValueList<Family> Families { get; init; } = [Family.Ipv4, Family.Ipv6];

    /// <summary>All desired kernel settings: <c>forwarding:</c> and <c>sysctls:</c> together, without what is unmanaged.</summary>
    public ValueList<SysctlConfig> Sysctls { get; init; } = [];

    /// <summary>The guarded chains in the order of the file.</summary>
    public ValueList<ChainConfig> Chains { get; init; } = [];

    /// <summary>What containers may do, by name; null where nothing is declared.</summary>
    public DockerConfig? Docker { get; init; }

    /// <summary>Where metrics go; null for nowhere.</summary>
    public MetricsConfig? Metrics { get; init; }
}

/// <summary>Where metrics go.</summary>
/// <param name="Textfile">The absolute path of a file that node_exporter reads.</param>
/// <param name="At">Where it was declared.</param>
public sealed record MetricsConfig(string Textfile, SourceLocation At);

/// <summary>What is done about drift.</summary>
public enum GuardMode
{
    /// <summary>Drift is repaired.</summary>
    Enforce,

    /// <summary>Drift is reported; nothing is changed.</summary>
    Audit,
}

/// <summary>A desired kernel setting.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">Its value as the kernel prints it.</param>
/// <param name="At">Where it was declared.</param>
public sealed record SysctlConfig(SysctlKey Key, string Value, SourceLocation At);

/// <summary>What is declared for one chain.</summary>
/// <param name="Key">The chain.</param>
/// <param name="At">Where it was declared.</param>
public sealed record ChainConfig(ChainKey Key, SourceLocation At)
{
    /// <summary>The policy by family; a family that is not in it is left alone.</summary>
    public ValueList<PolicyConfig> Policies { get; init; } = [];

    /// <summary>The rules in the order of the file.</summary>
    public ValueList<RuleConfig> Rules { get; init; } = [];

    /// <summary>Whether rules of strangers are drift here.</summary>
    public bool Exclusive { get; init; }

    /// <summary>The families that the chain is guarded in; null for all that are guarded.</summary>
    public Family? Family { get; init; }
}

/// <summary>A desired policy.</summary>
/// <param name="Family">The family whose chain it is.</param>
/// <param name="Policy">The policy.</param>
/// <param name="At">Where it was declared.</param>
public sealed record PolicyConfig(Family Family, ChainPolicy Policy, SourceLocation At);

/// <summary>A desired rule as it was written.</summary>
/// <param name="Text">Its arguments in iptables' syntax, split and joined again: one line, quoted as iptables-restore reads it.</param>
/// <param name="At">Where the text begins.</param>
public sealed record RuleConfig(string Text, SourceLocation At)
{
    /// <summary>What the rule is called in its tag and in the log: given, or made from the text. Unique within the chain.</summary>
    public required string Name { get; init; }

    /// <summary>At which end of the chain it stands.</summary>
    public RulePosition Position { get; init; } = RulePosition.Top;

    /// <summary>The family it is for; null for whichever families the kernel takes it in.</summary>
    public Family? Family { get; init; }
}

/// <summary>At which end of its chain a rule stands.</summary>
public enum RulePosition
{
    /// <summary>The chain begins with it.</summary>
    Top,

    /// <summary>The chain ends with it.</summary>
    Bottom,
}
