using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>What is declared for containers, by name: <c>docker:</c>.</summary>
/// <param name="At">Where the section begins.</param>
public sealed record DockerConfig(SourceLocation At)
{
    /// <summary>Where the Engine API is reached if nothing else is said.</summary>
    public const string DefaultSocket = "/run/docker.sock";

    /// <summary>The unix socket of the Engine API.</summary>
    public string Socket { get; init; } = DefaultSocket;

    /// <summary>Whether containers of one bridge reach each other, on every bridge that <see cref="Networks"/> does not name.</summary>
    public IccMode Icc { get; init; } = IccMode.Unmanaged;

    /// <summary>The same for single networks.</summary>
    public ValueList<NetworkConfig> Networks { get; init; } = [];

    /// <summary>Who may reach whom where <see cref="IccMode.Deny"/> holds.</summary>
    public ValueList<LinkConfig> Links { get; init; } = [];

    /// <summary>Who may reach published ports from outside.</summary>
    public ValueList<PublishedConfig> Published { get; init; } = [];

    /// <summary>Whether Docker's own rules are put back when somebody else removes them.</summary>
    public bool Heal { get; init; }

    /// <summary>Whether anything is denied within a bridge, which takes rules that see such traffic.</summary>
    public bool DeniesIcc => Icc == IccMode.Deny || Networks.Any(network => network.Icc == IccMode.Deny);

    /// <summary>What holds on a network.</summary>
    public IccMode IccOf(string network) => Networks.FirstOrDefault(n => n.Name == network)?.Icc ?? Icc;
}

/// <summary>Whether the containers of one bridge reach each other.</summary>
public enum IccMode
{
    /// <summary>As Docker has it.</summary>
    Unmanaged,

    /// <summary>They do.</summary>
    Allow,

    /// <summary>They do not, but for what is linked.</summary>
    Deny,
}

/// <summary>What is declared for one network.</summary>
/// <param name="Name">Docker's name of it.</param>
/// <param name="Icc">Whether its containers reach each other.</param>
/// <param name="At">Where it was declared.</param>
public sealed record NetworkConfig(string Name, IccMode Icc, SourceLocation At);

/// <summary>Containers that may reach others, on certain ports.</summary>
/// <param name="From">Who may.</param>
/// <param name="To">Whom.</param>
/// <param name="Ports">The ports of <paramref name="To"/>.</param>
/// <param name="At">Where it was declared.</param>
public sealed record LinkConfig(ContainerSelector From, ContainerSelector To, ValueList<PortConfig> Ports, SourceLocation At);

/// <summary>By what containers are chosen.</summary>
public enum SelectorKind
{
    /// <summary>The container's own name.</summary>
    Name,

    /// <summary>The service that it belongs to in a compose project.</summary>
    Service,

    /// <summary>One of its labels.</summary>
    Label,
}

/// <summary>Chooses containers. What matches none now matches whatever comes later.</summary>
/// <param name="Kind">By what.</param>
/// <param name="Name">The container, the service, or the label's key.</param>
/// <param name="Value">The label's value.</param>
public sealed record ContainerSelector(SelectorKind Kind, string Name, string Value = "")
{
    /// <summary>As it was written.</summary>
    public override string ToString() => Kind switch
    {
        SelectorKind.Service => $"service:{Name}",
        SelectorKind.Label => $"label:{Name}={Value}",
        _ => Name,
    };
}

/// <summary>What carries ports.</summary>
public enum Transport
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>SCTP.</summary>
    Sctp,
}

/// <summary>How a transport is written.</summary>
public static class TransportNames
{
    /// <summary>The name that Docker and iptables use: <c>tcp</c>.</summary>
    public static string Name(this Transport transport) => transport switch
    {
        Transport.Tcp => "tcp",
        Transport.Udp => "udp",
        _ => "sctp",
    };
}

/// <summary>A port, or several in a row.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Transport">What carries them.</param>
public readonly record struct PortConfig(int First, int Last, Transport Transport)
{
    /// <summary>The numbers as iptables prints them: <c>80</c>, <c>8000:8010</c>.</summary>
    public string Numbers => First == Last ? Number(First) : $"{Number(First)}:{Number(Last)}";

    /// <summary>Whether a port is one of them.</summary>
    public bool Covers(int port, Transport transport) => transport == Transport && port >= First && port <= Last;

    /// <summary>As it is written: <c>80/tcp</c>, <c>8000-8010/udp</c>.</summary>
    public override string ToString() => $"{Numbers.Replace(':', '-')}/{Transport.Name()}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Who may reach published ports.</summary>
/// <param name="Interfaces">The interfaces at which this holds.</param>
/// <param name="Ports">The host's ports; empty for every one that is published.</param>
/// <param name="Allow">Who may; everyone else may not.</param>
/// <param name="At">Where it was declared.</param>
public sealed record PublishedConfig(ValueList<string> Interfaces, ValueList<PortConfig> Ports, ValueList<NetworkAddress> Allow, SourceLocation At)
{
    /// <summary>Whether something is said of a host's port.</summary>
    public bool Covers(int port, Transport transport) => Ports.Count == 0 || Ports.Any(p => p.Covers(port, transport));
}

/// <summary>An address with its prefix, in the kernel's form.</summary>
/// <param name="Family">Its family.</param>
/// <param name="Text">As iptables prints it: <c>10.0.0.0/8</c>.</param>
public sealed record NetworkAddress(Family Family, string Text)
{
    /// <summary>Whether it is every address, which iptables does not print.</summary>
    public bool IsAll => Text.EndsWith("/0", StringComparison.Ordinal);
}
