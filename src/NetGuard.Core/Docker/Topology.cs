using NetGuard.Core.State;

namespace NetGuard.Core.Docker;

/// <summary>What Docker has made on this host, as its engine tells: an immutable value, equal to another that says the same.</summary>
/// <param name="Networks">The networks that are a bridge each, by their names.</param>
/// <param name="Containers">The containers that run, by their names.</param>
public sealed record Topology(ValueList<DockerNetwork> Networks, ValueList<DockerContainer> Containers)
{
    /// <summary>What is there before anything is known: Docker's default bridge has the same name everywhere.</summary>
    public static Topology Assumed { get; } = new([new("", "bridge", "docker0")], []) { IsKnown = false };

    /// <summary>Whether this is what the engine said, not what is assumed until it says something.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>What dockerd itself was told; null where that cannot be told.</summary>
    public DaemonIcc? Daemon { get; init; }

    /// <summary>The same in the order that makes two topologies with the same content equal.</summary>
    public Topology Ordered() => this with
    {
        Networks = Networks.OrderBy(n => n.Name, StringComparer.Ordinal).ThenBy(n => n.Bridge, StringComparer.Ordinal).ToValueList(),
        Containers = Containers.OrderBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Id, StringComparer.Ordinal).ToValueList(),
    };
}

/// <summary>One of Docker's networks that is a bridge of the host.</summary>
/// <param name="Id">Docker's number of it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bridge">The bridge's interface.</param>
public sealed record DockerNetwork(string Id, string Name, string Bridge)
{
    /// <summary>The bridge of a swarm's services, which Docker keeps apart itself.</summary>
    public const string GatewayBridge = "docker_gwbridge";

    /// <summary>Whether this is Docker's default bridge, for which dockerd's own settings are. Nobody may call another network so.</summary>
    public bool IsDefault => Name == "bridge";

    /// <summary>Whether Docker itself lets its containers reach each other; null where it does not say.</summary>
    public bool? Icc { get; init; }
}

/// <summary>A running container.</summary>
/// <param name="Id">Docker's number of it.</param>
/// <param name="Name">Its name.</param>
public sealed record DockerContainer(string Id, string Name)
{
    /// <summary>What links of other containers call it: <c>app/db</c>.</summary>
    public ValueList<string> Aliases { get; init; } = [];

    /// <summary>Its labels.</summary>
    public ValueList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>The service that it belongs to in a compose project; null for none.</summary>
    public string? Service => Label("com.docker.compose.service");

    /// <summary>Where it is attached.</summary>
    public ValueList<ContainerEndpoint> Endpoints { get; init; } = [];

    /// <summary>Its published ports.</summary>
    public ValueList<PublishedPort> Ports { get; init; } = [];

    /// <summary>The ports that its image says it serves, published or not.</summary>
    public ValueList<Config.PortConfig> Exposed { get; init; } = [];

    /// <summary>A label's value; null where it has no such label.</summary>
    public string? Label(string key)
    {
        foreach (var (name, value) in Labels)
        {
            if (name == key)
            {
                return value;
            }
        }

        return null;
    }
}

/// <summary>A container's place in a network.</summary>
/// <param name="Network">The network's number.</param>
/// <param name="Ipv4">Its address there; null for none.</param>
/// <param name="Ipv6">Its IPv6 address there; null for none.</param>
public sealed record ContainerEndpoint(string Network, string? Ipv4, string? Ipv6)
{
    /// <summary>The address of one family.</summary>
    public string? Address(Family family) => family == Family.Ipv4 ? Ipv4 : Ipv6;
}

/// <summary>A port of a container that the host takes connections for.</summary>
/// <param name="HostAddress">The host's address that it is published on: <c>0.0.0.0</c>, <c>::</c> or one of the host's own.</param>
/// <param name="HostPort">The host's port.</param>
/// <param name="ContainerPort">The container's port.</param>
/// <param name="Transport">What carries it.</param>
public sealed record PublishedPort(string HostAddress, int HostPort, int ContainerPort, Config.Transport Transport)
{
    /// <summary>The family of the host's address.</summary>
    public Family Family => HostAddress.Contains(':', StringComparison.Ordinal) ? Family.Ipv6 : Family.Ipv4;

    /// <summary>Whether the host takes them on all of its addresses.</summary>
    public bool IsOnAllAddresses => HostAddress is "0.0.0.0" or "::";
}
