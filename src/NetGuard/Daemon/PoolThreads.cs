namespace NetGuard.Daemon;

/// <summary>
/// The thread pool's threads, made at the start and kept (ThreadsToKeepAlive in NetGuard.csproj): where the process table is full later, none can be
/// made, and for want of one .NET's pool would end the process, and with it the guarding.
/// </summary>
internal static class PoolThreads
{
    // Three streams of a tool for each family at once, and the daemon's own work beside them.
    private const int Count = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Makes them.</summary>
    public static void Make()
    {
        ThreadPool.GetMinThreads(out var workers, out var io);

        // And the one that waits here, which may be one of them: for want of a thread the pool would think it over for a second.
        ThreadPool.SetMinThreads(Count + 1, io);
        using var busy = new CountdownEvent(Count);
        for (var i = 0; i < Count; i++)
        {
            // Each holds its thread until all have one.
            ThreadPool.UnsafeQueueUserWorkItem(
                static busy =>
                {
                    try
                    {
                        busy.Signal();
                        busy.Wait(Patience);
                    }
                    catch (ObjectDisposedException)
                    {
                        // It came too late to be waited for.
                    }
                },
                busy, preferLocal: false);
        }

        busy.Wait(Patience);
        ThreadPool.SetMinThreads(workers, io);
    }
}
