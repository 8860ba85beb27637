using NetGuard.Core.Netlink;

namespace NetGuard.Core.Conntrack;

/// <summary>The packet that opened a connection, as a chain of the kernel's own sees it.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Hook">The chain: PREROUTING, INPUT, FORWARD or OUTPUT.</param>
/// <param name="Flow">Its addresses there.</param>
/// <param name="In">Where it came in; null where that cannot be told or it came from the host itself.</param>
/// <param name="Out">Where it went out; null where that cannot be told or it was for the host itself.</param>
public sealed record FirstPacket(Connection Connection, string Hook, Flow Flow, string? In, string? Out)
{
    /// <summary>Whether it did come by here; false where it only may have.</summary>
    public bool IsCertain { get; private init; } = true;

    /// <summary>Whether another connection had announced this one: it was RELATED, not NEW.</summary>
    public bool IsRelated => (Connection.Status & Ctnetlink.IsExpected) != 0;

    /// <summary>All that it met on its way through the host, in that order; all that it can have met where the way is not known.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="source">The way to the source, which an answer takes.</param>
    /// <param name="destination">The way to the destination, behind its translation.</param>
    public static IEnumerable<FirstPacket> Of(Connection connection, Way source, Way destination)
    {
        var (original, translated) = (connection.Original, connection.Translated);
        if (source.IsUnknown || destination.IsUnknown || Scope.IsForMany(connection.Family, translated.Destination))
        {
            foreach (var packet in Possible(connection, source))
            {
                yield return packet;
            }

            yield break;
        }

        if (source.IsLocal)
        {
            yield return new(connection, "OUTPUT", translated, null, destination.IsLocal ? "lo" : destination.Interface);
            if (destination.IsLocal)
            {
                yield return new(connection, "PREROUTING", translated, "lo", null);
                yield return new(connection, "INPUT", translated, "lo", null);
            }

            yield break;
        }

        yield return new(connection, "PREROUTING", original, source.Interface, null);
        yield return destination.IsLocal
            ? new(connection, "INPUT", translated, source.Interface, null)
            : new(connection, "FORWARD", translated, source.Interface, destination.Interface);
    }

    // The host sent it or heard it. It went through only where the kernel forwards such addresses at all: IGMP, DHCP and mDNS never do.
    private static IEnumerable<FirstPacket> Possible(Connection connection, Way source)
    {
        var (original, translated) = (connection.Original, connection.Translated);
        yield return new(connection, "OUTPUT", translated, null, null) { IsCertain = false };
        yield return new(connection, "PREROUTING", original, source.Interface, null) { IsCertain = false };
        yield return new(connection, "INPUT", translated, source.Interface, null) { IsCertain = false };
        if (Scope.IsForwarded(connection.Family, translated.Source, translated.Destination))
        {
            yield return new(connection, "FORWARD", translated, source.Interface, null) { IsCertain = false };
        }
    }
}

/// <summary>Where the kernel would send a packet for an address.</summary>
/// <param name="IsLocal">The address is the host's own.</param>
/// <param name="Interface">Through which interface; null where there are several.</param>
public readonly record struct Way(bool IsLocal, string? Interface)
{
    /// <summary>The kernel has no way there, or does not say.</summary>
    public static Way Unknown { get; } = new(false, null) { IsUnknown = true };

    /// <summary>Whether nothing at all is known.</summary>
    public bool IsUnknown { get; private init; }
}
