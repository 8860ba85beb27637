using System.Diagnostics;
using NetGuard.Core.Netlink;
using NetGuard.Netlink;

namespace NetGuard.Benchmarks;

/// <summary>rtnetlink tells of each change of a forwarding switch (RTM_NEWNETCONF): from the one that says off to the one that says on.</summary>
internal sealed class SwitchWitness : IWitness
{
    private const int All = -1; // NETCONFA_IFINDEX_ALL
    private const ushort InterfaceIndex = 1; // NETCONFA_IFINDEX
    private const ushort Forwarding = 2; // NETCONFA_FORWARDING
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _buffer = new byte[32 * 1024];
    private readonly NetlinkSocket _socket = NetlinkSocket.Open(Nlmsg.Route);

    public SwitchWitness()
    {
        _socket.SetReceiveTimeout(Slice);
        _socket.Join(NetconfEvent.Ipv4Group);
    }

    public Breakage Watch(Action doBreak, Func<bool> isDone)
    {
        var start = Stopwatch.GetTimestamp();
        long off = 0, on = 0;
        doBreak();
        while (on == 0 || !isDone())
        {
            int length;
            try
            {
                length = _socket.Receive(_buffer, out _);
            }
            catch (NetlinkException e) when (e.IsTimeout)
            {
                Patience.Check(start, $"the switch was not turned {(off == 0 ? "off" : "on")}");
                continue;
            }

            var now = Stopwatch.GetTimestamp();
            ReadOnlySpan<byte> datagram = _buffer.AsSpan(0, length);
            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                var attributes = message.Attributes(1);
                if (NlAttr.TryFind(attributes, InterfaceIndex, out var index) && index.TryGetNative(out var number) && number == All
                    && NlAttr.TryFind(attributes, Forwarding, out var forwarding) && forwarding.TryGetNative(out var value))
                {
                    (off, on) = value == 0 ? (off == 0 ? now : off, 0) : (off, off == 0 ? 0 : now);
                }
            }
        }

        return new(Stopwatch.GetElapsedTime(off, on).TotalMilliseconds, 1);
    }

    public void Dispose() => _socket.Dispose();
}
