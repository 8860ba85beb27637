using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Netlink;
using NetGuard.Interop;
using NetGuard.Netlink;

namespace NetGuard.Daemon;

/// <summary>
/// Hears of nf_tables' commits with a subscription and on a thread of its own, and subscribes anew after a loss. It tells of none:
/// <see cref="KernelEvents"/> tells of its own.
/// </summary>
internal sealed class CommitListener : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly NetlinkListener _listener;
    private readonly Func<bool> _begin;
    private readonly Func<bool> _opened;
    private readonly Reception _received;
    private readonly SafeFileHandle _stop = EventDescriptor.Make();
    private readonly Thread _thread;

    /// <summary>Subscribes; <see cref="Start"/> begins to listen.</summary>
    /// <param name="name">The thread's.</param>
    /// <param name="receiveBuffer">How much may wait to be received, in bytes.</param>
    /// <param name="begin">Called on the thread before all else; false ends it.</param>
    /// <param name="opened">Called for each subscription, before anything is received; false where it is no use yet.</param>
    /// <param name="received">Receives until there is nothing left.</param>
    public CommitListener(string name, int receiveBuffer, Func<bool> begin, Func<bool> opened, Reception received)
    {
        _listener = new(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], receiveBuffer);
        (_begin, _opened, _received) = (begin, opened, received);
        _thread = new(Listen) { IsBackground = true, Name = name };
        TryOpen();
    }

    /// <summary>Receives until there is nothing left.</summary>
    public delegate void Reception(NetlinkListener listener);

    /// <summary>Whether there is no subscription.</summary>
    public bool IsDeaf => _listener.Descriptor < 0;

    /// <summary>Begins to listen.</summary>
    public void Start() => _thread.Start();

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
        for (var isFit = _begin(); isFit;)
        {
            polled[0] = new() { Descriptor = _listener.Descriptor, Events = Libc.PollIn };
            polled[1] = new() { Descriptor = (int)_stop.DangerousGetHandle(), Events = Libc.PollIn };
            _ = Libc.Poll(polled, (nuint)polled.Length, IsDeaf ? (int)RetryDelay.TotalMilliseconds : -1);
            if (polled[1].Returned != 0)
            {
                return;
            }

            try
            {
                _received(_listener);
                if (!IsDeaf)
                {
                    continue;
                }
            }
            catch (NetlinkException)
            {
                // What was lost is not known.
            }

            TryOpen();
        }

        _listener.Close(); // Nobody would read what comes.
    }

    private void TryOpen()
    {
        try
        {
            _listener.Open();
            if (_opened())
            {
                return;
            }
        }
        catch (NetlinkException)
        {
            // The kernel refuses.
        }

        _listener.Close(); // Later.
    }
}
