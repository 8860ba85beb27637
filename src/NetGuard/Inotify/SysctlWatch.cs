using System.Text;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Inotify;
using NetGuard.Core.State;
using NetGuard.Interop;

namespace NetGuard.Inotify;

/// <summary>
/// Notices direct writes to settings that netconf does not tell of. Not seen: a write through another mount of proc, such as a
/// container's; the backstop reads the values.
/// </summary>
/// <param name="watches">The instance.</param>
public sealed class SysctlWatch(InotifyWatches watches) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SysctlKey, (int Watch, SafeFileHandle Held)> _watched = [];

    /// <summary>Whether it tells of forwarding switches: every change of these comes by netconf, whoever made it and however.</summary>
    public static bool IsToldByNetconf(SysctlKey key) =>
        SysctlCoupling.Usual(key) == SysctlKey.Ipv4Forwarding || InterfaceSysctl.Of(key) is { IsConf: true, Name: "forwarding" };

    /// <summary>Whether it tells of a setting at least when it comes or goes with its interface.</summary>
    public static bool ComesAndGoesByNetconf(SysctlKey key) => IsToldByNetconf(key) || InterfaceSysctl.Of(key) is { IsCommon: false };

    /// <summary>Watches these and no others. Those that do not exist are tried again the next time.</summary>
    public void Set(IEnumerable<SysctlKey> keys)
    {
        lock (_lock)
        {
            var wanted = keys.Where(key => !IsToldByNetconf(key)).ToHashSet();
            foreach (var key in _watched.Keys.Where(key => !wanted.Contains(key) || IsAnother(key)).ToList())
            {
                Forget(key);
            }

            foreach (var key in wanted.Where(key => !_watched.ContainsKey(key)))
            {
                Add(key);
            }
        }
    }

    /// <summary>Which setting was written; null where the event is about something else.</summary>
    public SysctlKey? Take(in InotifyEvent happened)
    {
        lock (_lock)
        {
            foreach (var (key, (watch, _)) in _watched)
            {
                if (watch == happened.Watch)
                {
                    if ((happened.Mask & InotifyEvent.Ignored) != 0)
                    {
                        Forget(key); // The interface or the module is gone; it may come back.
                    }

                    return key;
                }
            }

            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var key in _watched.Keys.ToList())
            {
                Forget(key);
            }
        }
    }

    // The watch is on the inode, and under memory pressure the next one to open the file could get another: an open descriptor holds it.
    private void Add(SysctlKey key)
    {
        var path = $"/proc/sys/{key.RelativePath}";
        var held = Libc.Open(Encoding.UTF8.GetBytes(path + '\0'), Libc.OpenPath);
        if (held < 0)
        {
            return;
        }

        var handle = new SafeFileHandle(held, ownsHandle: true);
        var watch = watches.Add(path, InotifyEvent.Modify);
        if (watch < 0)
        {
            handle.Dispose();
            return;
        }

        _watched[key] = (watch, handle);
    }

    // The file of an interface that went and came back: the kernel tells nothing of the one that is held.
    private static bool IsAnother(SysctlKey key) => ComesAndGoesByNetconf(key);

    private void Forget(SysctlKey key)
    {
        if (_watched.Remove(key, out var gone))
        {
            watches.Remove(gone.Watch);
            gone.Held.Dispose();
        }
    }
}
