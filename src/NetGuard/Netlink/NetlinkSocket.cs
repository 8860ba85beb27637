using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Netlink;
using NetGuard.Interop;

namespace NetGuard.Netlink;

/// <summary>What to do with one message of an answer.</summary>
public delegate void NetlinkAnswer(in NetlinkMessage message);

/// <summary>
/// A netlink socket: netlink(7). It belongs to the network namespace of the thread that opens it, whichever then uses it. Not for
/// several threads at once.
/// </summary>
public sealed class NetlinkSocket : IDisposable
{
    /// <summary>A dump comes in datagrams of up to 32 KiB (netlink_dump in net/netlink/af_netlink.c), a single rule in less than an attribute holds.</summary>
    public const int LongestAnswer = 64 * 1024;

    private const int Eintr = 4;
    private const int Eagain = 11;
    private const uint AddressLength = 12;
    private readonly string _name;
    private byte[]? _buffer;
    private int _sendBuffer = 64 * 1024; // Below the kernel's own default.

    private NetlinkSocket(string name, SafeFileHandle handle)
    {
        _name = name;
        Handle = handle;
    }

    /// <summary>The descriptor, for poll(2).</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>The socket's own address: the kernel puts it into the header of the answers, and of what our requests change.</summary>
    public uint Port { get; private set; }

    /// <summary>Opens a socket that has joined no group.</summary>
    /// <param name="protocol">NETLINK_NETFILTER or NETLINK_ROUTE.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static NetlinkSocket Open(int protocol)
    {
        var name = protocol == Nlmsg.Netfilter ? "nfnetlink" : "rtnetlink";
        var descriptor = Libc.Socket(Libc.AfNetlink, Libc.SockRaw | Libc.SockCloexec, protocol);
        if (descriptor < 0)
        {
            throw NetlinkException.Last($"{name}: socket");
        }

        var socket = new NetlinkSocket(name, new(descriptor, ownsHandle: true));
        try
        {
            socket.Bind();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Joins a multicast group: what the kernel tells it is received from now on.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void Join(int group) => Check(Libc.SetSocketOption(Handle, Libc.SolNetlink, Libc.NetlinkAddMembership, group, sizeof(int)), "join");

    /// <summary>
    /// Makes room for what is not received yet: by force (CAP_NET_ADMIN), else as far as net.core.rmem_max lets.
    /// </summary>
    /// <returns>What the kernel made of it; it counts its own overhead in, and so doubles the number (socket(7)).</returns>
    public int EnlargeReceiveBuffer(int bytes)
    {
        if (Libc.SetSocketOption(Handle, Libc.SolSocket, Libc.SoReceiveBufferForce, bytes, sizeof(int)) != 0)
        {
            Check(Libc.SetSocketOption(Handle, Libc.SolSocket, Libc.SoReceiveBuffer, bytes, sizeof(int)), "SO_RCVBUF");
        }

        var length = (uint)sizeof(int);
        Check(Libc.GetSocketOption(Handle, Libc.SolSocket, Libc.SoReceiveBuffer, out var effective, ref length), "SO_RCVBUF");
        return effective;
    }

    /// <summary>How long a receive waits before it fails with <see cref="NetlinkException.IsTimeout"/>; for ever at first.</summary>
    public void SetReceiveTimeout(TimeSpan timeout)
    {
        var value = new Libc.TimeValue { Seconds = (long)timeout.TotalSeconds, Microseconds = timeout.Milliseconds * 1000L };
        Check(Libc.SetSocketOption(Handle, Libc.SolSocket, Libc.SoReceiveTimeout, value, 2 * sizeof(long)), "SO_RCVTIMEO");
    }

    /// <summary>Sends one datagram to the kernel.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        var kernel = new Libc.NetlinkAddress { Family = Libc.AfNetlink };
        while (Libc.Send(Handle, datagram, datagram.Length, 0, kernel, AddressLength) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Eintr)
            {
                throw NetlinkException.Last($"{_name}: send");
            }
        }
    }

    /// <summary>Waits for one datagram of the kernel's. What other processes send is dropped.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="truncated">Whether the datagram is longer than the buffer; its end is lost then.</param>
    /// <param name="wait">False to return 0 where none is there.</param>
    /// <returns>How many bytes of the buffer are its; 0 where none is there.</returns>
    /// <exception cref="NetlinkException">Messages were lost, the time is over, or the socket is broken.</exception>
    public int Receive(Span<byte> buffer, out bool truncated, bool wait = true)
    {
        while (true)
        {
            var addressLength = AddressLength;
            var length = Libc.Receive(Handle, buffer, buffer.Length, Libc.MsgTruncated | (wait ? 0 : Libc.MsgDontWait), out var from, ref addressLength);
            if (length >= 0 && from.Port != 0)
            {
                continue; // Not the kernel's: who it is can be forged by nobody, what it says by anybody.
            }

            if (length >= 0)
            {
                truncated = length > buffer.Length;
                return Math.Min((int)length, buffer.Length);
            }

            var error = NetlinkException.Last($"{_name}: receive");
            if (error.Errno == Eintr)
            {
                continue;
            }

            truncated = false;
            return !wait && error.IsTimeout ? 0 : throw error;
        }
    }

    /// <summary>
    /// Sends one request and receives all of its answer: up to NLMSG_DONE for a dump, up to the acknowledgement where one was asked
    /// for, else one message. Answers to earlier requests are dropped.
    /// </summary>
    /// <param name="request">One message.</param>
    /// <param name="answer">Called with each message of the answer; not with NLMSG_DONE and the acknowledgement.</param>
    /// <exception cref="NetlinkException">The kernel refuses; or the dump was torn by a commit: <see cref="NetlinkException.IsInterrupted"/>.</exception>
    public void Exchange(ReadOnlySpan<byte> request, NetlinkAnswer answer)
    {
        var rest = request;
        if (!NetlinkMessage.TryRead(ref rest, out var asked))
        {
            throw new ArgumentException("not a netlink message", nameof(request));
        }

        _buffer ??= new byte[LongestAnswer];
        Send(request);
        var torn = false;
        while (true)
        {
            ReadOnlySpan<byte> datagram = _buffer.AsSpan(0, Receive(_buffer, out var truncated));
            torn |= truncated;
            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                if (message.Sequence != asked.Sequence)
                {
                    continue;
                }

                // It is received to its end all the same: until then the kernel takes no other request for a dump.
                torn |= (message.Flags & Nlmsg.DumpInterrupted) != 0;
                if (IsEnd(asked, message, answer))
                {
                    if (torn)
                    {
                        throw NetlinkException.Interrupted($"{_name}: dump");
                    }

                    return;
                }
            }
        }
    }

    /// <summary>
    /// Sends a batch. The kernel works it off before the call returns, and then all that it has to say is there: an error for each message
    /// that it refuses, or, when it has committed, the acknowledgement that the last message asked for.
    /// </summary>
    /// <param name="batch">From NFNL_MSG_BATCH_BEGIN to NFNL_MSG_BATCH_END.</param>
    /// <param name="last">The number of the message that asks for the acknowledgement.</param>
    /// <exception cref="NetlinkException">The kernel has refused all of it.</exception>
    public void Commit(ReadOnlySpan<byte> batch, uint last)
    {
        EnlargeSendBuffer(batch.Length);
        _buffer ??= new byte[LongestAnswer];
        Send(batch);
        var (committed, refusal) = (false, 0);
        while (Receive(_buffer, out _, wait: false) is > 0 and var length)
        {
            ReadOnlySpan<byte> datagram = _buffer.AsSpan(0, length);
            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                refusal = refusal == 0 && message.Sequence <= last ? message.Errno : refusal;
                committed |= message.Type == Nlmsg.Error && message.Errno == 0 && message.Sequence == last;
            }
        }

        if (refusal != 0 || !committed)
        {
            throw new NetlinkException($"{_name}: batch", refusal != 0 ? refusal : Eagain);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    // A batch must go in one datagram, and the kernel takes none that is longer than its buffer: netlink_sendmsg.
    private void EnlargeSendBuffer(int bytes)
    {
        if (bytes <= _sendBuffer)
        {
            return;
        }

        if (Libc.SetSocketOption(Handle, Libc.SolSocket, Libc.SoSendBufferForce, bytes, sizeof(int)) != 0)
        {
            Check(Libc.SetSocketOption(Handle, Libc.SolSocket, Libc.SoSendBuffer, bytes, sizeof(int)), "SO_SNDBUF");
        }

        _sendBuffer = bytes;
    }

    private bool IsEnd(in NetlinkMessage asked, in NetlinkMessage message, NetlinkAnswer answer)
    {
        if (message.Errno != 0)
        {
            throw new NetlinkException(_name, message.Errno);
        }

        if (message.Type is Nlmsg.Error or Nlmsg.Done)
        {
            return true;
        }

        answer(message);
        return (asked.Flags & Nlmsg.Acknowledge) == 0 && (message.Flags & Nlmsg.Multi) == 0;
    }

    private void Bind()
    {
        // Port 0: the kernel picks one.
        Check(Libc.Bind(Handle, new() { Family = Libc.AfNetlink }, AddressLength), "bind");
        var length = AddressLength;
        Check(Libc.GetSocketName(Handle, out var own, ref length), "getsockname");
        Port = own.Port;
    }

    private void Check(int result, string what)
    {
        if (result != 0)
        {
            throw NetlinkException.Last($"{_name}: {what}");
        }
    }
}
