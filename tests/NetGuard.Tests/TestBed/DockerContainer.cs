using System.Net;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>A running container, with the addresses it had when it was asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pid">Its first process.</param>
/// <param name="Ipv4">Its address on its first network.</param>
/// <param name="Ipv6">Its IPv6 address there; null where that network has none.</param>
public sealed record DockerContainer(string Name, int Pid, IPAddress Ipv4, IPAddress? Ipv6)
{
    /// <summary>Its network namespace.</summary>
    public Caller Caller => new($"/proc/{Pid}/ns/net");

    public IPEndPoint At(int port, Family family = Family.Ipv4) =>
        new(family == Family.Ipv4 ? Ipv4 : Ipv6 ?? throw new InvalidOperationException($"{Name} has no IPv6 address"), port);
}
