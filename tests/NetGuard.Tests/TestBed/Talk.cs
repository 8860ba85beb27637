using System.Net;
using System.Net.Sockets;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>A TCP connection that stays open, with an echo at its other end.</summary>
public sealed class Talk : IAsyncDisposable
{
    // A lost packet is sent again after 0.2 seconds, then 0.4, 0.8, ...
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly Socket _listener;
    private readonly Socket _caller;
    private readonly Socket _callee;
    private readonly Task _echo;

    private Talk(Socket listener, Socket caller, Socket callee)
    {
        (_listener, _caller, _callee) = (listener, caller, callee);
        _echo = Echo();
    }

    /// <summary>Opens one, which must come about.</summary>
    /// <param name="from">Who calls.</param>
    /// <param name="to">Who listens.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="family">By which addresses.</param>
    /// <param name="called">What is called, where it is not the listener's own address.</param>
    public static Task<Talk> Open(PacketHost from, PacketHost to, int port, Family family = Family.Ipv4, IPEndPoint? called = null) =>
        Open(from.Netns.Path, from.Address(family), to.Netns.Path, new(to.Address(family), port), called);

    /// <summary>The same, by the paths of the network namespaces.</summary>
    public static async Task<Talk> Open(string from, IPAddress source, string to, IPEndPoint listening, IPEndPoint? called = null)
    {
        var listener = await Bound(to, listening);
        listener.Listen();
        using var patience = new CancellationTokenSource(Programs.Patience);
        while (true)
        {
            var caller = await Bound(from, new(source, 0));
            try
            {
                await caller.ConnectAsync(called ?? listening, patience.Token);
                return new(listener, caller, await listener.AcceptAsync(patience.Token));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.HostUnreachable && !patience.IsCancellationRequested)
            {
                caller.Dispose(); // On a machine this busy, who has an address did not say so within three seconds.
            }
        }
    }

    /// <summary>Whether what the caller says comes back, however long a lost packet takes to be sent again.</summary>
    public async Task<bool> IsAlive(TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? Programs.Patience);
        var answer = new byte[1];
        try
        {
            await _caller.SendAsync(new byte[] { 42 }, limit.Token);
            return await _caller.ReceiveAsync(answer, limit.Token) == 1;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether nothing comes back any more.</summary>
    public async Task<bool> IsDead() => !await IsAlive(Silence);

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        _callee.Dispose();
        _listener.Dispose();
        await _echo;
    }

    private static async Task<Socket> Bound(string netns, IPEndPoint at)
    {
        var socket = await Netns.Inside(netns, () => new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(at);
        return socket;
    }

    private async Task Echo()
    {
        var bytes = new byte[16];
        try
        {
            while (await _callee.ReceiveAsync(bytes) is > 0 and var length)
            {
                await _callee.SendAsync(bytes.AsMemory(0, length));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }
}
