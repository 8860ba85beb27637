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
                Ports = [.. (container.Ports ?? []).Select(Port).OfType<PublishedPort>()
                    .OrderBy(p => p.HostPort).ThenBy(p => p.Transport).ThenBy(p => p.HostAddress, StringComparer.Ordinal).ThenBy(p => p.ContainerPort)],
            }
            : null;
    }

    private static ContainerEndpoint? Endpoint(EndpointJson? endpoint) =>
        endpoint?.NetworkId is { Length: > 0 } network
            ? new(network, EngineText.Address(endpoint.Ipv4, AddressFamily.InterNetwork), EngineText.Address(endpoint.Ipv6, AddressFamily.InterNetworkV6))
            : null;

    private static PublishedPort? Port(PortJson? port)
    {
        var transport = Array.FindIndex(Transports, t => t.Name() == port?.Type);
        return port is { PublicPort: > 0 and <= 65535, PrivatePort: > 0 and <= 65535 } && transport >= 0 && IPAddress.TryParse(port.Ip, out var address)
            ? new(address.ToString(), port.PublicPort, port.PrivatePort, Transports[transport])
            : null;
    }
}
