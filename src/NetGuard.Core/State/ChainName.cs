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

    /// <summary>Takes a name that iptables-save printed, or one that has no <see cref="Fault"/>.</summary>
    /// <remarks>The tools let strangers use slashes and quotes, and nft long names: such a chain must not hide all others.</remarks>
    /// <exception cref="ArgumentException">The name is empty or has blanks: no line of iptables-save can hold it.</exception>
    public ChainName(string value) =>
        _value = IsPrintable(value) ? value : throw new ArgumentException("no chain can be called that", nameof(value));

    /// <summary>The chain that Docker leaves to the administrator.</summary>
    public static ChainName DockerUser { get; } = new("DOCKER-USER");

    /// <summary>The chain that every forwarded packet passes.</summary>
    public static ChainName Forward { get; } = new("FORWARD");

    /// <summary>The name.</summary>
    public string Value => _value ?? "";

    /// <summary>Whether dockerd makes this chain itself, so that it is waited for and never made by NetGuard.</summary>
    /// <remarks>moby: libnetwork/drivers/bridge/setup_ip_tables, 20.10 to 29.</remarks>
    public bool IsDockerMade => DockerMade.Contains(Value);

    /// <summary>Whether a line of iptables-save can hold the name.</summary>
    public static bool IsPrintable(string name) => name.Length > 0 && !name.Any(c => c is <= ' ' or '\u007f');

    /// <summary>What is wrong with a name that NetGuard is to guard, or null.</summary>
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
