namespace NetGuard.Netlink;

/// <summary>A socket that has joined groups, and is opened anew after a loss.</summary>
/// <param name="protocol">NETLINK_NETFILTER or NETLINK_ROUTE.</param>
/// <param name="groups">What it listens to.</param>
/// <param name="bufferBytes">How much may wait to be received; the kernel doubles it.</param>
/// <param name="datagramBytes">How long one datagram may be.</param>
public sealed class NetlinkListener(int protocol, int[] groups, int bufferBytes, int datagramBytes = 128 * 1024) : IDisposable
{
    private const int Emsgsize = 90;

    // The kernel collects a commit's messages into datagrams of about a page, NLMSG_GOODSIZE; a rule can be larger alone.
    private readonly byte[] _buffer = new byte[datagramBytes];
    private NetlinkSocket? _socket;

    /// <summary>The descriptor for poll(2); -1 while there is no socket.</summary>
    public int Descriptor => _socket is { Handle: { IsClosed: false } handle } ? (int)handle.DangerousGetHandle() : -1;

    /// <summary>Opens it, in the place of the one before.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void Open()
    {
        Close();
        var socket = NetlinkSocket.Open(protocol);
        try
        {
            socket.EnlargeReceiveBuffer(bufferBytes);
            foreach (var group in groups)
            {
                socket.Join(group);
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _socket = socket;
    }

    /// <summary>Receives one datagram; empty where none is there.</summary>
    /// <exception cref="NetlinkException">Messages have been lost: the buffer was full, the datagram too long, the socket broken.</exception>
    public ReadOnlySpan<byte> Receive()
    {
        if (_socket is not { } socket)
        {
            return default;
        }

        var length = socket.Receive(_buffer, out var truncated, wait: false);
        return truncated ? throw new NetlinkException("an event was longer than the buffer", Emsgsize) : _buffer.AsSpan(0, length);
    }

    /// <summary>Closes it; what comes from now on is lost.</summary>
    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();
}
