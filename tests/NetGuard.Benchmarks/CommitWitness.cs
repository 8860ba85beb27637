using System.Diagnostics;
using System.Text;
using NetGuard.Core.Netlink;
using NetGuard.Netlink;

namespace NetGuard.Benchmarks;

/// <summary>
/// nf_tables tells of each commit (NFNLGRP_NFTABLES). From the NEWGEN that ends the first one to touch a chain to the NEWGEN of the last;
/// each is timed when it is received, on the thread that started the break and waits for nothing else.
/// </summary>
internal sealed class CommitWitness(string chain) : IWitness
{
    private const int BufferBytes = 32 << 20;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _chain = Encoding.ASCII.GetBytes(chain);
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly NetlinkSocket _socket = Open();
    private bool _touched;

    public Breakage Watch(Action doBreak, Func<bool> isDone)
    {
        while (_socket.Receive(_buffer, out _, wait: false) > 0)
        {
            // Of the round before.
        }

        _touched = false;
        var start = Stopwatch.GetTimestamp();
        long broken = 0, mended = 0;
        var commits = 0;
        doBreak();
        while (mended == 0 || !isDone())
        {
            if (!TryReceive(out var length))
            {
                Patience.Check(start, $"{chain} was {(broken == 0 ? "not broken" : "not mended")}");
                continue;
            }

            var now = Stopwatch.GetTimestamp();
            foreach (var _ in Commits(_buffer.AsSpan(0, length)))
            {
                (broken, mended, commits) = broken == 0 ? (now, 0, 0) : (broken, now, commits + 1);
            }
        }

        return new(Stopwatch.GetElapsedTime(broken, mended).TotalMilliseconds, commits);
    }

    /// <summary>Waits for the next commit that touches the chain, and says when it was told, by the wall clock.</summary>
    public DateTimeOffset Next()
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryReceive(out var length) && DateTimeOffset.UtcNow is var now && Commits(_buffer.AsSpan(0, length)).Count > 0)
            {
                return now;
            }

            Patience.Check(start, $"{chain} was not touched");
        }
    }

    public void Dispose() => _socket.Dispose();

    private static NetlinkSocket Open()
    {
        var socket = NetlinkSocket.Open(Nlmsg.Netfilter);
        socket.EnlargeReceiveBuffer(BufferBytes);
        socket.SetReceiveTimeout(Slice);
        socket.Join(Nfnetlink.NftablesGroup);
        return socket;
    }

    private bool TryReceive(out int length)
    {
        try
        {
            length = _socket.Receive(_buffer, out _);
            return true;
        }
        catch (NetlinkException e) when (e.IsTimeout)
        {
            length = 0;
            return false;
        }
    }

    // One for each commit that touched the chain.
    private List<uint> Commits(ReadOnlySpan<byte> datagram)
    {
        var commits = new List<uint>();
        while (NetlinkMessage.TryRead(ref datagram, out var message))
        {
            if (!NftEvent.TryParse(message, out var change))
            {
                continue;
            }

            if (change.Kind != NfTables.NewGeneration)
            {
                _touched |= change.Family == Nfnetlink.Ipv4 && change.Table.SequenceEqual("filter"u8) && change.Chain.SequenceEqual(_chain);
            }
            else if (_touched)
            {
                commits.Add(change.Generation);
                _touched = false;
            }
        }

        return commits;
    }
}
