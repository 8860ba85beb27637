using System.Text;
using NetGuard.Core.Inotify;
using NetGuard.Interop;

namespace NetGuard.Inotify;

/// <summary>
/// Notices runs of iptables-legacy, each of which opens and closes its lock (xtables_lock in iptables/xshared.c). The file is made
/// where it is missing, and followed where it is replaced.
/// </summary>
public sealed class LockWatch
{
    private const int OwnerOnly = 0x180; // 0600
    private readonly InotifyWatches _watches;
    private readonly string _path;
    private readonly byte[] _name;
    private readonly int _directory;
    private int _file;

    /// <summary>Begins.</summary>
    /// <param name="watches">The instance.</param>
    /// <param name="path">The lock: /run/xtables.lock, unless the environment of the tools says otherwise.</param>
    public LockWatch(InotifyWatches watches, string path = "/run/xtables.lock")
    {
        _watches = watches;
        _path = path;
        _name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        _directory = watches.Add(Path.GetDirectoryName(path)!, InotifyEvent.Create | InotifyEvent.MovedTo);
        Follow();
    }

    /// <summary>Whether the lock is watched at all; where it is not, its backend must be looked at from time to time.</summary>
    public bool IsWatching => _file >= 0;

    /// <summary>Takes an event; false where it is not about the lock.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="opened">A run begins: its process can be seen now.</param>
    /// <param name="closed">A run is over: what it changed is in force.</param>
    public bool Take(in InotifyEvent happened, out bool opened, out bool closed)
    {
        opened = closed = false;
        if (happened.Watch == _directory)
        {
            if (happened.Name.SequenceEqual(_name))
            {
                Follow();
                opened = closed = true; // Whoever made it may be done already.
            }

            return true;
        }

        if (happened.Watch != _file)
        {
            return false;
        }

        if ((happened.Mask & (InotifyEvent.DeleteSelf | InotifyEvent.MoveSelf | InotifyEvent.Ignored)) != 0)
        {
            Follow();
            closed = true;
        }

        opened = (happened.Mask & InotifyEvent.Open) != 0;
        closed |= (happened.Mask & (InotifyEvent.CloseWrite | InotifyEvent.CloseNoWrite)) != 0;
        return true;
    }

    // The tools make it just so.
    private void Follow()
    {
        // It is there, or is not ours to make, where this fails.
        if (Libc.Open(Encoding.UTF8.GetBytes(_path + '\0'), Libc.CreateNew, OwnerOnly) is >= 0 and var made)
        {
            _ = Libc.Close(made);
        }

        _file = _watches.Add(_path, InotifyEvent.Open | InotifyEvent.CloseWrite | InotifyEvent.CloseNoWrite | InotifyEvent.DeleteSelf | InotifyEvent.MoveSelf);
    }
}
