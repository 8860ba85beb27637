using System.Net;
using System.Net.Sockets;
using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Docker;

/// <summary>Takes the engine's words for what they should be. What is not as an engine has it is left out.</summary>
internal static class EngineTopology
{
    private const string Bridge = "com.docker.network.bridge.name";
    private const string Icc = "com.docker.network.bridge.enable_icc";

    private static readonly Transport[] Transports = Enum.GetValues<Transport>();

    public static DockerNetwork? Network(NetworkJson network)
    {
        if (network is not { Driver: "bridge", Id: { Length: >= 12 } id, Name: { Length: > 0 } name })
        {
            return null;
        }

        var bridge = network.Options?.GetValueOrDefault(Bridge) is { Length: > 0 } named ? named : $"br-{id[..12]}";
        return EngineText.IsInterface(bridge)
            ? new(id, name, bridge) { Icc = bool.TryParse(network.Options?.GetValueOrDefault(Icc), out var icc) ? icc : null }
            : null;
    }

    // A link gives its container further names, with the linking one's in front: /app/db.
    public static DockerContainer? Container(ContainerJson container)
    {
        var names = container.Names?.Where(n => n is { Length: > 1 } && n[0] == '/').Select(n => n![1..]).ToList() ?? [];
        return container.Id is { Length: > 0 } id && names.Find(n => !n.Contains('/', StringComparison.Ordinal)) is { } name
            ? new(id, name)
            {
                Aliases = [.. names.Where(n => n != name).Order(StringComparer.Ordinal)],
                Labels = [.. (container.Labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => KeyValuePair.Create(l.Key, l.Value ?? ""))],
                Endpoints = [.. (container.NetworkSettings?.Networks?.Values ?? Enumerable.Empty<EndpointJson?>()).Select(Endpoint).OfType<ContainerEndpoint>()
                    .OrderBy(e => e.Network, StringComparer.Ordinal)],
                Exposed = [.. (container.Ports ?? []).Select(Exposed).OfType<PortConfig>().Distinct().OrderBy(p => p.First).ThenBy(p => p.Transport)],
                Ports = [.. (container.Ports ?? []).Select(Port).OfType<PublishedPort>()
                    .OrderBy(p => p.HostPort).ThenBy(p => p.Transport).ThenBy(p => p.HostAddress, StringComparer.Ordinal).ThenBy(p => p.ContainerPort)],
            }
            : null;
    }

    /// <summary>The network in the engine's own words.</summary>
    public static NetworkJson Json(DockerNetwork network)
    {
        var options = new Dictionary<string, string?> { [Bridge] = network.Bridge };
        if (network.Icc is { } icc)
        {
            options[Icc] = icc ? "true" : "false";
        }

        return new(network.Id, network.Name, "bridge", options);
    }

    /// <summary>The container in the engine's own words.</summary>
    public static ContainerJson Json(DockerContainer container) => new(
        container.Id, [.. container.Aliases.Prepend(container.Name).Select(name => "/" + name)], container.Labels.ToDictionary(l => l.Key, l => (string?)l.Value),
        [
            .. container.Ports.Select(p => new PortJson(p.HostAddress, p.ContainerPort, p.HostPort, p.Transport.Name())),
            .. container.Exposed.Select(p => new PortJson(null, p.First, 0, p.Transport.Name())),
        ],
        new(container.Endpoints.ToDictionary(e => e.Network, e => (EndpointJson?)new EndpointJson(e.Network, e.Ipv4, e.Ipv6))));

    private static ContainerEndpoint? Endpoint(EndpointJson? endpoint) =>
        endpoint?.NetworkId is { Length: > 0 } network
            ? new(network, EngineText.Address(endpoint.Ipv4, AddressFamily.InterNetwork), EngineText.Address(endpoint.Ipv6, AddressFamily.InterNetworkV6))
            : null;

    private static PortConfig? Exposed(PortJson? port) =>
        TransportOf(port) is var transport && transport >= 0 && port is { PrivatePort: > 0 and <= 65535 }
            ? new(port.PrivatePort, port.PrivatePort, Transports[transport])
            : null;

    private static int TransportOf(PortJson? port) => Array.FindIndex(Transports, t => t.Name() == port?.Type);

    private static PublishedPort? Port(PortJson? port)
    {
        var transport = TransportOf(port);
        return port is { PublicPort: > 0 and <= 65535, PrivatePort: > 0 and <= 65535 } && transport >= 0 && IPAddress.TryParse(port.Ip, out var address)
            ? new(address.ToString(), port.PublicPort, port.PrivatePort, Transports[transport])
            : null;
    }
}
