using System.Text;

namespace NetGuard.Core.State;

/// <summary>The name of a chain, as the tools accept it.</summary>
public readonly record struct ChainName
{
    /// <summary>XT_EXTENSION_MAXNAMELEN (29) less the closing zero: linux/netfilter/x_tables.h.</summary>
    public const int MaxBytes = 28;

    private static readonly HashSet<string> DockerMade =
    [
        "DOCKER", "DOCKER-FORWARD", "DOCKER-CT", "DOCKER-BRIDGE", "DOCKER-INTERNAL", "DOCKER-INGRESS", "DOCKER-ISOLATION",
        "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2",
    ];

    private readonly string? _value;

    /// <summary>Takes a name that is known to be good, such as one that iptables-save printed.</summary>
    /// <exception cref="ArgumentException">The name is one that no chain can have.</exception>
    public ChainName(string value) =>
        _value = Fault(value) is { } fault ? throw new ArgumentException(fault, nameof(value)) : value;

    /// <summary>The chain that Docker leaves to the administrator.</summary>
    public static ChainName DockerUser { get; } = new("DOCKER-USER");

    /// <summary>The chain that every forwarded packet passes.</summary>
    public static ChainName Forward { get; } = new("FORWARD");

    /// <summary>The name.</summary>
    public string Value => _value ?? "";

    /// <summary>Whether dockerd makes this chain itself, so that it is waited for and never made by NetGuard.</summary>
    /// <remarks>moby: libnetwork/drivers/bridge/setup_ip_tables, 20.10 to 29.</remarks>
    public bool IsDockerMade => DockerMade.Contains(Value);

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Fault(string name) => name switch
    {
        "" => "a chain name is empty",
        _ when Encoding.UTF8.GetByteCount(name) > MaxBytes =>
            $"chain name is {Encoding.UTF8.GetByteCount(name)} bytes long, iptables takes at most {MaxBytes}",
        _ when name[0] is '-' or '!' => $"a chain name cannot begin with '{name[0]}'",
        _ when name.Any(c => c is <= ' ' or '\u007f' or '"' or '\\' or '/' or '\'') =>
            "a chain name has no spaces, quotes, slashes or control characters",
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Value;
}
