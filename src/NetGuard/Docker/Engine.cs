using System.Globalization;
using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.Models;
using Docker.DotNet.Unix;
using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;
using Topology = NetGuard.Core.Docker.Topology;

namespace NetGuard.Docker;

/// <summary>Docker's Engine API, as far as NetGuard asks it: what is there, and that something has changed.</summary>
/// <param name="socket">The path of its unix socket.</param>
public sealed class Engine(string socket) : IDisposable
{
    /// <summary>How many networks, and containers, are taken at the most.</summary>
    public const int MaxItems = 10_000;

    // Whatever else happens to a container (exec of health checks, pause, attach) changes neither its addresses nor its ports.
    private static readonly string[] Events = ["start", "die", "rename", "create", "connect", "disconnect", "destroy"];

    private readonly DockerClient _client = new DockerClientBuilder<UnixSocketTransportOptions>(new BoundedTransport(), new())
        .WithEndpoint(new($"unix://{socket}")).WithTimeout(Timeout.InfiniteTimeSpan).Build();

    /// <summary>Asks what is there.</summary>
    /// <exception cref="EngineException">Nobody answers, or not what an engine would.</exception>
    public Task<Topology> ReadAsync(CancellationToken cancel) => AskAsync(async () =>
    {
        // One after the other: a container that starts in between is in the second answer, and its network in the first.
        var networks = await _client.Networks.ListNetworksAsync(new(), cancel).ConfigureAwait(false);
        var containers = await _client.Containers.ListContainersAsync(new(), cancel).ConfigureAwait(false);
        return new Topology(
            networks.Take(MaxItems).Select(Network).OfType<DockerNetwork>().ToValueList(),
            containers.Take(MaxItems).Select(Container).OfType<DockerContainer>().ToValueList()).Ordered();
    });

    /// <summary>Listens until the engine ends the stream.</summary>
    /// <param name="listening">Called once when the engine has taken the request: what happens from now on is told.</param>
    /// <param name="changed">Called whenever something has happened. Not what: it is read anew, and nobody's text is taken for an event.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="EngineException">The stream broke.</exception>
    public Task<bool> ListenAsync(Action listening, Action changed, CancellationToken cancel) => AskAsync(async () =>
    {
        var wanted = new Dictionary<string, IDictionary<string, bool>>
        {
            ["type"] = new Dictionary<string, bool> { ["container"] = true, ["network"] = true },
            ["event"] = Events.ToDictionary(name => name, _ => true),
        };
#pragma warning disable CS0618 // The other one takes each line for JSON, however long it is.
        using var stream = await _client.System.MonitorEventsAsync(new ContainerEventsParameters { Filters = wanted }, cancel).ConfigureAwait(false);
#pragma warning restore CS0618
        listening();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancel).ConfigureAwait(false) > 0)
        {
            changed();
        }

        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a broken answer makes the library throw: it is the engine that has not answered.
        catch (Exception e)
        {
            throw new EngineException(Reason(e), e);
        }
#pragma warning restore CA1031
    }

    private string Reason(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException { SocketErrorCode: SocketError.AccessDenied })
            {
                return $"{socket} may not be opened: the user of NetGuard must be in its group (docker)";
            }
        }

        return e switch
        {
            _ when !File.Exists(socket) => $"there is no {socket}",
            DockerApiException api => $"{socket} answers {((int)api.StatusCode).ToString(CultureInfo.InvariantCulture)}",
            _ => $"{socket}: {EngineWords(e)}",
        };
    }

    private static string EngineWords(Exception e)
    {
        var text = e.GetBaseException().Message;
        return string.Concat(text.AsSpan(0, Math.Min(text.Length, 200)).ToString().Select(c => char.IsControl(c) ? '?' : c));
    }

    private static DockerNetwork? Network(NetworkResponse network)
    {
        if (network is not { Driver: "bridge", ID: { Length: >= 12 } id, Name: { Length: > 0 } name })
        {
            return null;
        }

        var bridge = network.Options?.TryGetValue("com.docker.network.bridge.name", out var named) == true && named is { Length: > 0 } ? named : $"br-{id[..12]}";
        return EngineText.IsInterface(bridge)
            ? new(id, name, bridge)
            {
                Icc = network.Options?.TryGetValue("com.docker.network.bridge.enable_icc", out var icc) == true && bool.TryParse(icc, out var on) ? on : null,
            }
            : null;
    }

    // A link gives its container further names, with the linking one's in front: /app/db.
    private static DockerContainer? Container(ContainerListResponse container)
    {
        var names = container.Names?.Where(n => n is { Length: > 1 } && n[0] == '/').Select(n => n[1..]).ToList() ?? [];
        return container.ID is { Length: > 0 } id && names.Find(n => !n.Contains('/', StringComparison.Ordinal)) is { } name
            ? new(id, name)
            {
                Aliases = [.. names.Where(n => n != name).Order(StringComparer.Ordinal)],
                Labels = [.. (container.Labels ?? new Dictionary<string, string>()).OrderBy(l => l.Key, StringComparer.Ordinal)],
                Endpoints = [.. (container.NetworkSettings?.Networks?.Values ?? []).Select(Endpoint).OfType<ContainerEndpoint>().OrderBy(e => e.Network, StringComparer.Ordinal)],
                Ports = [.. (container.Ports ?? []).Select(Port).OfType<PublishedPort>()
                    .OrderBy(p => p.HostPort).ThenBy(p => p.Transport).ThenBy(p => p.HostAddress, StringComparer.Ordinal).ThenBy(p => p.ContainerPort)],
            }
            : null;
    }

    private static ContainerEndpoint? Endpoint(EndpointSettings endpoint) =>
        endpoint?.NetworkID is { Length: > 0 } network
            ? new(network, EngineText.Address(endpoint.IPAddress, AddressFamily.InterNetwork), EngineText.Address(endpoint.GlobalIPv6Address, AddressFamily.InterNetworkV6))
            : null;

    private static PublishedPort? Port(PortSummary port)
    {
        var transport = Array.FindIndex(Enum.GetValues<Transport>(), t => t.Name() == port?.Type);
        return port?.PublicPort is > 0 and var at && port.PrivatePort > 0 && transport >= 0 && System.Net.IPAddress.TryParse(port.IP, out var address)
            ? new(address.ToString(), at, port.PrivatePort, (Transport)transport)
            : null;
    }
}

/// <summary>Docker does not answer, or not as an engine would.</summary>
public sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
