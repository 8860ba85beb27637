using NetGuard.Core.Conntrack;
using NetGuard.Core.Netlink;
using NetGuard.Core.Ports;
using NetGuard.Core.State;

namespace NetGuard.Netlink;

/// <summary>Connection tracking over ctnetlink. Takes CAP_NET_ADMIN.</summary>
public sealed class ConntrackTable : IConntrack
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public IReadOnlyList<TrackedConnection> Find(Family family, Func<Connection, bool> wanted)
    {
        using var socket = Open();
        var request = new NetlinkWriter(64);
        request.NetfilterMessage(Ctnetlink.MessageType(Ctnetlink.Get), Nlmsg.Request | Nlmsg.Dump, 1, Number(family));
        var found = new List<TrackedConnection>();
        socket.Exchange(request.Written, (in NetlinkMessage message) =>
        {
            if (Connection.TryParse(message, out var connection) && connection.Family == family && wanted(connection))
            {
                var list = message.Attributes(Nfnetlink.HeaderLength);
                NlAttr.TryFind(list, Ctnetlink.Original, out var tuple);
                NlAttr.TryFind(list, Ctnetlink.Zone, out var zone);
                found.Add(new(connection, tuple.Value.ToArray(), zone.Value.ToArray()));
            }
        });
        return found;
    }

    /// <inheritdoc/>
    public bool Delete(TrackedConnection tracked)
    {
        using var socket = Open();
        var request = new NetlinkWriter(256);
        request.NetfilterMessage(Ctnetlink.MessageType(Ctnetlink.Delete), Nlmsg.Request | Nlmsg.Acknowledge, 1, Number(tracked.Connection.Family));
        request.Attribute(Ctnetlink.Original | Nlmsg.Nested, tracked.Tuple.Span);
        request.BigEndian(Ctnetlink.Id, tracked.Connection.Id);
        if (!tracked.Zone.IsEmpty)
        {
            request.Attribute(Ctnetlink.Zone, tracked.Zone.Span);
        }

        try
        {
            socket.Exchange(request.Written, static (in NetlinkMessage _) => { });
            return true;
        }
        catch (NetlinkException e) when (e.IsAbsent)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public IRoutes Routes() => new RouteQuery();

    private static byte Number(Family family) => family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6;

    private static NetlinkSocket Open()
    {
        var socket = NetlinkSocket.Open(Nlmsg.Netfilter);
        socket.SetReceiveTimeout(Patience);
        return socket;
    }
}
