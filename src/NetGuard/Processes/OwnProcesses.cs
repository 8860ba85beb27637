using NetGuard.Interop;

namespace NetGuard.Processes;

/// <summary>The processes that NetGuard has started lately, to tell its own changes from a stranger's.</summary>
/// <param name="time">Measures how lately.</param>
public sealed class OwnProcesses(TimeProvider time)
{
    // None of ours lives longer. Numbers are given out again: a stranger who gets one of ours must not pass for NetGuard.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly (int Pid, long StartedAt)[] _started = new (int, long)[64];
    private readonly Lock _lock = new();
    private int _next;

    /// <summary>Whether a thread or process is NetGuard itself, or was started by it.</summary>
    public bool Contains(int pid)
    {
        lock (_lock)
        {
            foreach (var (started, at) in _started)
            {
                if (started == pid && pid != 0 && time.GetElapsedTime(at) < Lifetime)
                {
                    return true;
                }
            }
        }

        // The kernel names the thread. Signal 0 is none: it only asks whether it is one of ours.
        return pid == Environment.ProcessId || pid > 0 && Libc.ThreadKill(Environment.ProcessId, pid, 0) == 0;
    }

    internal void Add(int pid)
    {
        lock (_lock)
        {
            _started[_next++ % _started.Length] = (pid, time.GetTimestamp());
        }
    }
}
