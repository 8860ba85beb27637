using NetGuard.Core.Conntrack;
using NetGuard.Core.Netlink;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Interop;

namespace NetGuard.Netlink;

/// <summary>
/// Asks the kernel for the way to an address. With routing rules beyond those that every host has, the way depends on more than the
/// address: then the interface is left open. Answers are kept for as long as it lives, which should be short.
/// </summary>
public sealed class RouteQuery : IRoutes
{
    private readonly NetlinkSocket _socket = Open();
    private readonly Dictionary<(Family, UInt128), Way> _known = [];
    private readonly Dictionary<Family, bool> _isPlain = [];
    private readonly Dictionary<int, string?> _names = [];
    private uint _sequence;

    /// <inheritdoc/>
    public Way WayTo(Family family, UInt128 address)
    {
        if (!_known.TryGetValue((family, address), out var way))
        {
            _known[(family, address)] = way = Ask(family, address);
        }

        return way;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private Way Ask(Family family, UInt128 address)
    {
        var bytes = Flow.Address(family, address).GetAddressBytes();
        var request = new NetlinkWriter(64);
        request.Message(Rtnetlink.GetRoute, Nlmsg.Request, ++_sequence);
        Span<byte> header = stackalloc byte[Rtnetlink.HeaderLength];
        header.Clear();
        header[0] = Number(family);
        header[1] = (byte)(bytes.Length * 8);
        BitConverter.TryWriteBytes(header[8..], Rtnetlink.FibMatch);
        request.Raw(header);
        request.Attribute(Rtnetlink.Destination, bytes);
        var way = Way.Unknown;
        var isPlain = IsPlain(family);
        try
        {
            _socket.Exchange(request.Written, (in NetlinkMessage message) =>
            {
                if (message.Type != Rtnetlink.NewRoute || message.Payload.Length < Rtnetlink.HeaderLength)
                {
                    return;
                }

                var list = message.Attributes(Rtnetlink.HeaderLength);
                way = message.Payload[7] switch
                {
                    Rtnetlink.Local => new(true, null),
                    Rtnetlink.Unicast => new(false, isPlain && !NlAttr.TryFind(list, Rtnetlink.Multipath, out _)
                        && NlAttr.TryFind(list, Rtnetlink.OutInterface, out var index) && index.TryGetNative(out var number) ? NameOf(number) : null),
                    _ => Way.Unknown,
                };
            });
        }
        catch (NetlinkException)
        {
            return Way.Unknown; // No route: ENETUNREACH, or a rule that forbids it.
        }

        return way;
    }

    private bool IsPlain(Family family)
    {
        if (_isPlain.TryGetValue(family, out var isPlain))
        {
            return isPlain;
        }

        var request = new NetlinkWriter(64);
        request.Message(Rtnetlink.GetRule, Nlmsg.Request | Nlmsg.Dump, ++_sequence);
        Span<byte> header = stackalloc byte[Rtnetlink.HeaderLength];
        header.Clear();
        header[0] = Number(family);
        request.Raw(header);
        isPlain = true;
        try
        {
            _socket.Exchange(request.Written, (in NetlinkMessage message) =>
            {
                var priority = NlAttr.TryFind(message.Attributes(Rtnetlink.HeaderLength), Rtnetlink.RulePriority, out var attribute)
                    && attribute.TryGetNative(out var number) ? number : 0;
                isPlain &= message.Type == Rtnetlink.NewRule && Rtnetlink.UsualPriorities.Contains(priority);
            });
        }
        catch (NetlinkException)
        {
            isPlain = false;
        }

        return _isPlain[family] = isPlain;
    }

    private string? NameOf(int index)
    {
        if (!_names.TryGetValue(index, out var name))
        {
            Span<byte> buffer = stackalloc byte[Libc.InterfaceNameLength];
            _names[index] = name = Libc.InterfaceName((uint)index, buffer) == 0 ? null : System.Text.Encoding.UTF8.GetString(buffer[..buffer.IndexOf((byte)0)]);
        }

        return name;
    }

    private static byte Number(Family family) => family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6;

    private static NetlinkSocket Open()
    {
        var socket = NetlinkSocket.Open(Nlmsg.Route);
        socket.SetReceiveTimeout(TimeSpan.FromSeconds(2));
        return socket;
    }
}
