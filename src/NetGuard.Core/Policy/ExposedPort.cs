using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>An interface of the host at which somebody from outside may come.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Its addresses.</param>
public sealed record HostInterface(string Name, ValueList<string> Addresses);

/// <summary>A published port that everyone reaches at some interface, since nothing is declared for it there.</summary>
/// <param name="Container">Whose it is.</param>
/// <param name="Port">The port, and the host's address that it is published on.</param>
/// <param name="Interfaces">Where it is open.</param>
public sealed record ExposedPort(string Container, PublishedPort Port, ValueList<string> Interfaces)
{
    /// <summary>The host's port: <c>8080/tcp</c>.</summary>
    public string HostPort => new PortConfig(Port.HostPort, Port.HostPort, Port.Transport).ToString();

    /// <summary><c>8080/tcp of web, open to everyone on eth0</c>.</summary>
    public override string ToString() => $"{HostPort} of {EngineText.Name(Container)}, open to everyone on {string.Join(", ", Interfaces)}";

    /// <summary>Finds them. Docker opens a published port to everyone unless it is told an address.</summary>
    /// <param name="config">What is declared.</param>
    /// <param name="topology">What is published.</param>
    /// <param name="interfaces">Where somebody may come; neither lo nor Docker's own bridges.</param>
    public static ValueList<ExposedPort> Of(DockerConfig config, Topology topology, IReadOnlyList<HostInterface> interfaces) =>
    [
        .. from container in topology.Containers
           from port in container.Ports
           let open = interfaces.Where(i => (port.IsOnAllAddresses || i.Addresses.Contains(port.HostAddress)) && !IsCovered(config, i.Name, port)).Select(i => i.Name).ToValueList()
           where open.Count > 0
           group (port, open) by (container.Name, port.HostPort, port.Transport) into same
           select new ExposedPort(same.Key.Name, same.First().port, [.. same.SelectMany(s => s.open).Distinct()]),
    ];

    private static bool IsCovered(DockerConfig config, string @interface, PublishedPort port) =>
        config.Published.Any(item => item.Covers(port.HostPort, port.Transport) && item.Interfaces.Any(name => Matches(name, @interface)));

    // As iptables has it: a name that ends in '+' stands for all that begin like it.
    private static bool Matches(string declared, string name) =>
        declared == name || (declared.EndsWith('+') && name.StartsWith(declared[..^1], StringComparison.Ordinal));
}
