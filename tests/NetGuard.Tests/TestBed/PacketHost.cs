using System.Net;
using System.Net.Sockets;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>One end of connections: a namespace, and the addresses by which it takes part.</summary>
public sealed record PacketHost(Netns Netns, IPAddress Ipv4, IPAddress Ipv6)
{
    /// <summary>Namespaces of one machine answer within microseconds; the first retransmission would come after a second.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(900);

    public IPAddress Address(Family family) => family == Family.Ipv4 ? Ipv4 : Ipv6;

    /// <summary>Tries one TCP connection to another host, with somebody listening at its end.</summary>
    /// <param name="to">Who listens.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="family">Which of the two hosts' addresses.</param>
    /// <param name="called">What the connection is made to, where it is not the listener's own address: a published port.</param>
    /// <param name="silence">After how long no answer means that there will be none; 0.9 seconds if not given.</param>
    public async Task<Reach> Connect(
        PacketHost to, int port, Family family = Family.Ipv4, IPEndPoint? called = null, TimeSpan? silence = null)
    {
        using var listener = await to.Bound(family, port);
        listener.Listen();
        using var caller = await Bound(family, port: 0);
        using var limit = new CancellationTokenSource(silence ?? Silence);
        try
        {
            await caller.ConnectAsync(called ?? new(to.Address(family), port), limit.Token);
        }
        catch (OperationCanceledException)
        {
            // On a busy machine the news of the connection may come later than the connection.
            return listener.Poll(TimeSpan.Zero, SelectMode.SelectRead) ? Reach.Through : Reach.Dropped;
        }
        catch (SocketException)
        {
            return Reach.Refused;
        }
        using var patience = new CancellationTokenSource(Programs.Patience);
        using var accepted = await listener.AcceptAsync(patience.Token);
        return Reach.Through;
    }

    private async Task<Socket> Bound(Family family, int port)
    {
        var address = Address(family);
        var socket = await Netns.Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        for (var end = DateTime.UtcNow + Programs.Patience; ;)
        {
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && DateTime.UtcNow < end)
            {
                // The last listener lives on in a program that another test is just starting, until that is itself.
                await Task.Delay(10);
            }
        }
    }
}
