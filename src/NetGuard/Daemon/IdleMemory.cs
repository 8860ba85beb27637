namespace NetGuard.Daemon;

/// <summary>Gives the memory back that a large check has used, before the daemon waits again.</summary>
/// <remarks>
/// Between two checks nothing is allocated, so the collector would never have a reason to look at what the last one left: reading a
/// large configuration leaves five times what is kept of it.
/// </remarks>
internal sealed class IdleMemory
{
    // Dozens of checks of an ordinary host; two of one with 10,000 rules. A collection takes 20 ms there.
    private const long WorthCollecting = 8 << 20;

    private long _allocated;

    /// <summary>Collects, if enough was allocated since it last did.</summary>
    public void GiveBack()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated - _allocated < WorthCollecting)
        {
            return;
        }

        // Aggressive is what returns the memory to the kernel instead of keeping it for the next time.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _allocated = allocated;
    }
}
