using System.Net;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>A running container, with the addresses it had when it was asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pid">Its first process.</param>
/// <param name="Ipv4">Its address on its first network.</param>
/// <param name="Ipv6">Its IPv6 address there; null where that network has none.</param>
/// <param name="Hardware">Its hardware address there.</param>
public sealed record DockerContainer(string Name, int Pid, IPAddress Ipv4, IPAddress? Ipv6, string Hardware)
{
    /// <summary>Its network namespace.</summary>
    public Caller Caller => new($"/proc/{Pid}/ns/net");

    /// <summary>
    /// Tells it the hardware addresses of others on its network for good. A hundred that call each other would need ten thousand entries, and the kernel
    /// keeps no more than 1,024 that it learnt itself, for all namespaces together (net.ipv4.neigh.default.gc_thresh3): the others look like calls that are dropped.
    /// </summary>
    public async Task Knows(IEnumerable<DockerContainer> others)
    {
        var known = string.Concat(others.Where(other => other != this).Select(other => $"neigh replace {other.Ipv4} lladdr {other.Hardware} dev eth0 nud permanent\n"));
        (await Programs.Run("nsenter", [$"--net=/proc/{Pid}/ns/net", "ip", "-batch", "-"], known)).Succeeded();
    }

    public IPEndPoint At(int port, Family family = Family.Ipv4) =>
        new(family == Family.Ipv4 ? Ipv4 : Ipv6 ?? throw new InvalidOperationException($"{Name} has no IPv6 address"), port);
}
