namespace NetGuard.Core.State;

/// <summary>Where a chain is: its table and its name.</summary>
/// <param name="Table">The table.</param>
/// <param name="Chain">The chain.</param>
public readonly record struct ChainKey(TableName Table, ChainName Chain)
{
    /// <summary>The chain that Docker leaves to the administrator.</summary>
    public static ChainKey DockerUser { get; } = new(TableName.Filter, ChainName.DockerUser);

    /// <summary>The chain that every forwarded packet passes.</summary>
    public static ChainKey Forward { get; } = new(TableName.Filter, ChainName.Forward);

    /// <summary>The chain of the packets that are for the host itself.</summary>
    public static ChainKey Input { get; } = new(TableName.Filter, new("INPUT"));

    /// <summary>NetGuard's own chain for what containers may do; DOCKER-USER begins with it.</summary>
    public static ChainKey NetGuardForward { get; } = new(TableName.Filter, new("NETGUARD-FORWARD"));

    /// <summary>NetGuard's own chain for the packets that docker-proxy takes; INPUT begins with it.</summary>
    public static ChainKey NetGuardInput { get; } = new(TableName.Filter, new("NETGUARD-INPUT"));

    /// <summary>Whether the kernel itself calls the chain: it always exists and has a policy.</summary>
    public bool IsBuiltin => Table.BuiltinChains.Contains(Chain.Value);

    /// <summary>The key as the configuration has it: the table left out where it is filter.</summary>
    public override string ToString() => Table == TableName.Filter ? Chain.Value : $"{Table}/{Chain}";
}
