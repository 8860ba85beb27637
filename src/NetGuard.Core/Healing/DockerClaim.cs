using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Core.Healing;

/// <summary>What a rule of Docker's is about. While Docker reports all of it, Docker wants the rule.</summary>
public sealed record DockerClaim
{
    /// <summary>The bridges that it names.</summary>
    public ValueList<string> Bridges { get; init; } = [];

    /// <summary>The containers' addresses that it names, in the form in which iptables prints them.</summary>
    public ValueList<string> Containers { get; init; } = [];

    /// <summary>The published port that it is there for.</summary>
    public PublishedClaim? Published { get; init; }

    /// <summary>Whether Docker still reports what the rule is about.</summary>
    public bool Holds(Family family, Topology topology)
    {
        foreach (var bridge in Bridges)
        {
            if (!topology.Networks.Any(network => network.Bridge == bridge))
            {
                return false;
            }
        }

        foreach (var address in Containers)
        {
            if (!topology.Containers.Any(container => IsAt(container, family, address)))
            {
                return false;
            }
        }

        return Published is null || topology.Containers.Any(container => Published.IsOf(container, family));
    }

    internal static bool IsAt(DockerContainer container, Family family, string address) =>
        container.Endpoints.Any(endpoint => endpoint.Address(family) == address);
}

/// <summary>A published port, as far as a rule names it.</summary>
/// <param name="Transport">What carries it.</param>
/// <param name="HostAddress">The host's address; null for all of them, or where the rule names none.</param>
/// <param name="HostPort">The host's port; null where the rule names none.</param>
/// <param name="Container">The container's address; null where the rule names none.</param>
/// <param name="ContainerPort">The container's port; null where the rule names none.</param>
public sealed record PublishedClaim(Transport Transport, string? HostAddress, int? HostPort, string? Container, int? ContainerPort)
{
    internal bool IsOf(DockerContainer container, Family family) =>
        (Container is null || DockerClaim.IsAt(container, family, Container))
        && container.Ports.Any(port => port.Transport == Transport
            && (HostAddress is null || port.HostAddress == HostAddress)
            && (HostPort is null || port.HostPort == HostPort)
            && (ContainerPort is null || port.ContainerPort == ContainerPort));
}
