using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Attribution;
using NetGuard.Core.Netlink;
using NetGuard.Interop;
using NetGuard.Netlink;

namespace NetGuard.Daemon;

/// <summary>
/// Looks at who has committed, the moment that it is told, with a subscription and on a thread of its own: the one that <see cref="KernelEvents"/>
/// listens on may be busy putting right what was done, and to wake a second one takes as long as that.
/// </summary>
internal sealed class Lookout : IDisposable
{
    // As many as a storm leaves unasked; beyond these the writer is gone anyway.
    private const int Kept = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly NetlinkListener _listener;
    private readonly Interest _isOfInterest;
    private readonly IsStranger _isStranger;
    private readonly Func<int, IReadOnlyList<ProcessSighting>> _look;
    private readonly SafeFileHandle _stop = EventDescriptor.Make();
    private readonly Thread _thread;
    private readonly object _lock = new();
    private readonly Queue<(uint Generation, IReadOnlyList<ProcessSighting> Seen)> _seen = new();
    private uint _heard;
    private bool _isAbout;

    /// <summary>Begins.</summary>
    /// <param name="receiveBuffer">How much may wait to be received, in bytes.</param>
    /// <param name="isOfInterest">Whether a change is worth knowing who made it.</param>
    /// <param name="isStranger">Whether somebody else has committed.</param>
    /// <param name="look">How to look at a process. Like the others it is called on another thread.</param>
    public Lookout(int receiveBuffer, Interest isOfInterest, IsStranger isStranger, Func<int, IReadOnlyList<ProcessSighting>> look)
    {
        _listener = new(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], receiveBuffer);
        (_isOfInterest, _isStranger, _look) = (isOfInterest, isStranger, look);
        TryOpen();
        _thread = new(Listen) { IsBackground = true, Name = "lookout" };
        _thread.Start();
    }

    /// <summary>Whether a change is worth knowing who made it.</summary>
    public delegate bool Interest(in NftEvent change);

    /// <summary>Whether somebody else has committed.</summary>
    public delegate bool IsStranger(in NftEvent commit, uint port);

    /// <summary>Who was seen to make a generation. Waits for it, but not long.</summary>
    /// <returns>Null where nobody was looked at.</returns>
    public IReadOnlyList<ProcessSighting>? Saw(uint generation)
    {
        lock (_lock)
        {
            while (unchecked((int)(_heard - generation)) < 0)
            {
                // Deaf, it would never say.
                if (_listener.Descriptor < 0 || !Monitor.Wait(_lock, Patience))
                {
                    return null;
                }
            }

            return _seen.FirstOrDefault(one => one.Generation == generation).Seen;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stop.IsClosed)
        {
            return;
        }

        EventDescriptor.Set(_stop);
        _thread.Join();
        _listener.Dispose();
        _stop.Dispose();
    }

    private void Listen()
    {
        var polled = new Libc.PollDescriptor[2];
        while (true)
        {
            polled[0] = new() { Descriptor = _listener.Descriptor, Events = Libc.PollIn };
            polled[1] = new() { Descriptor = (int)_stop.DangerousGetHandle(), Events = Libc.PollIn };
            _ = Libc.Poll(polled, (nuint)polled.Length, _listener.Descriptor < 0 ? (int)RetryDelay.TotalMilliseconds : -1);
            if (polled[1].Returned != 0)
            {
                return;
            }

            try
            {
                while (_listener.Receive() is { Length: > 0 } datagram)
                {
                    Take(datagram);
                }

                if (_listener.Descriptor >= 0)
                {
                    continue;
                }
            }
            catch (NetlinkException)
            {
                // Whoever asks looks for himself: KernelEvents tells of its own losses.
            }

            TryOpen();
        }
    }

    private void TryOpen()
    {
        _isAbout = false;
        try
        {
            _listener.Open();
        }
        catch (NetlinkException)
        {
            _listener.Close(); // Later.
        }
    }

    private void Take(ReadOnlySpan<byte> datagram)
    {
        while (NetlinkMessage.TryRead(ref datagram, out var message))
        {
            if (!NftEvent.TryParse(message, out var change))
            {
                continue;
            }

            if (change.Kind != NfTables.NewGeneration)
            {
                _isAbout = _isAbout || _isOfInterest(change);
                continue;
            }

            var seen = _isAbout && _isStranger(change, message.Port) ? _look(change.Pid) : null;
            _isAbout = false;
            lock (_lock)
            {
                _heard = change.Generation;
                if (seen is not null)
                {
                    if (_seen.Count == Kept)
                    {
                        _seen.Dequeue();
                    }

                    _seen.Enqueue((change.Generation, seen));
                }

                Monitor.PulseAll(_lock);
            }
        }
    }
}
