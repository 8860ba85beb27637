using NetGuard.Core.Attribution;
using NetGuard.Core.Netlink;
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

    private readonly CommitListener _listener;
    private readonly Interest _isOfInterest;
    private readonly IsStranger _isStranger;
    private readonly Func<int, IReadOnlyList<ProcessSighting>> _look;
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
        (_isOfInterest, _isStranger, _look) = (isOfInterest, isStranger, look);
        _listener = new("lookout", receiveBuffer, () => true, Opened, Receive);
        _listener.Start();
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
                if (_listener.IsDeaf || !Monitor.Wait(_lock, Patience))
                {
                    return null;
                }
            }

            return _seen.FirstOrDefault(one => one.Generation == generation).Seen;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private bool Opened()
    {
        _isAbout = false;
        return true;
    }

    private void Receive(NetlinkListener listener)
    {
        while (listener.Receive() is { Length: > 0 } datagram)
        {
            Take(datagram);
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
