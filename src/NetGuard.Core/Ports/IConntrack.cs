using NetGuard.Core.Conntrack;
using NetGuard.Core.State;

namespace NetGuard.Core.Ports;

/// <summary>An entry of connection tracking, with what it takes to delete it and no other.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Tuple">Its first packet's addresses, in the kernel's bytes.</param>
/// <param name="Zone">The zone that it is in, in the kernel's bytes; empty where it is in none.</param>
public sealed record TrackedConnection(Connection Connection, ReadOnlyMemory<byte> Tuple, ReadOnlyMemory<byte> Zone);

/// <summary>The kernel's connection tracking.</summary>
public interface IConntrack
{
    /// <summary>Looks at all connections of a family, and returns those that are wanted.</summary>
    /// <exception cref="IOException">They could not be read to the end.</exception>
    IReadOnlyList<TrackedConnection> Find(Family family, Func<Connection, bool> wanted);

    /// <summary>Deletes an entry; false where it is gone already, whatever else has its addresses now.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    bool Delete(TrackedConnection tracked);

    /// <summary>The ways as they are now.</summary>
    /// <exception cref="IOException">The kernel cannot be asked.</exception>
    IRoutes Routes();
}

/// <summary>Where the kernel would send packets to.</summary>
public interface IRoutes : IDisposable
{
    /// <summary>The way to an address. What cannot be told is <see cref="Way.Unknown"/>.</summary>
    Way WayTo(Family family, UInt128 address);
}
