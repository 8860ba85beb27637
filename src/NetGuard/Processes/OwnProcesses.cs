using System.Globalization;

namespace NetGuard.Processes;

/// <summary>The processes that NetGuard has started lately, to tell its own changes from a stranger's.</summary>
public sealed class OwnProcesses
{
    // Numbers are given out again after thousands of processes; ours must be forgotten before that.
    private readonly int[] _pids = new int[64];
    private readonly Lock _lock = new();
    private int _next;

    /// <summary>Whether a thread or process is NetGuard itself, or was started by it.</summary>
    public bool Contains(int pid)
    {
        lock (_lock)
        {
            if (Array.IndexOf(_pids, pid) >= 0 && pid != 0)
            {
                return true;
            }
        }

        // The kernel names the thread.
        return pid == Environment.ProcessId || pid > 0 && Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{pid}"));
    }

    internal void Add(int pid)
    {
        lock (_lock)
        {
            _pids[_next++ % _pids.Length] = pid;
        }
    }
}
