namespace NetGuard.Core.Watch;

/// <summary>What a commit did to a chain.</summary>
[Flags]
public enum TouchKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A rule came.</summary>
    RuleAdded = 1,

    /// <summary>A rule went.</summary>
    RuleRemoved = 2,

    /// <summary>The chain came, or got another policy.</summary>
    ChainSet = 4,

    /// <summary>The chain went.</summary>
    ChainRemoved = 8,

    /// <summary>Its table came, went or was switched.</summary>
    Table = 16,

    /// <summary>Something; what exactly was not told.</summary>
    Unknown = 32,
}
