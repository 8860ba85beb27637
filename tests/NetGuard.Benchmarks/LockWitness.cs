using System.Diagnostics;
using NetGuard.Core.Inotify;
using NetGuard.Inotify;

namespace NetGuard.Benchmarks;

/// <summary>
/// A policy of iptables-legacy shows in nothing but all of the table, and reading that over and over would hold its writers up. Each of
/// them takes a lock, though, and lets it go when it ends (inotify): from the first end to the last. Other users of the lock would count, too.
/// </summary>
internal sealed class LockWitness : IWitness
{
    private static readonly TimeSpan Slice = TimeSpan.FromMicroseconds(50);

    private readonly InotifyWatches _watches = InotifyWatches.Open();

    public LockWitness() => _watches.Add("/run/xtables.lock", InotifyEvent.CloseWrite | InotifyEvent.CloseNoWrite);

    public Breakage Watch(Action doBreak, Func<bool> isDone)
    {
        _watches.Drain((in InotifyEvent _) => { });
        var start = Stopwatch.GetTimestamp();
        long broken = 0, mended = 0;
        doBreak();
        while (mended == 0 || !isDone())
        {
            var closed = false;
            _watches.Drain((in InotifyEvent _) => closed = true);
            if (closed)
            {
                var now = Stopwatch.GetTimestamp();
                (broken, mended) = broken == 0 ? (now, 0) : (broken, now);
            }

            Patience.Check(start, $"the lock was {(broken == 0 ? "not taken" : "taken only once")}");
            Clock.Sleep(Slice);
        }

        return new(Stopwatch.GetElapsedTime(broken, mended).TotalMilliseconds, 0);
    }

    public void Dispose() => _watches.Dispose();
}
