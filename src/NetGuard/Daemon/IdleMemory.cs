using System.Globalization;
using NetGuard.Interop;

namespace NetGuard.Daemon;

/// <summary>Gives the memory back that a large check has used, before the daemon waits again.</summary>
/// <remarks>
/// Between two checks nothing is allocated, so the collector would never have a reason to look at what the last one left: reading a
/// large configuration leaves five times what is kept of it.
/// </remarks>
internal sealed class IdleMemory
{
    // Half a dozen repairs of an ordinary host; one of one with 10,000 rules. A collection takes 20 ms there.
    private const long WorthCollecting = 2 << 20;

    // Where no quiet comes: so much, and twice what is kept anyway. It is seldom enough, and what goes on for so long is no single repair.
    private const long Overdue = 12 << 20;

    private long _allocated = -WorthCollecting;
    private long _kept;

    /// <summary>How long it must have been quiet before: every thread stands still while it is collected, and what comes right behind a repair would wait.</summary>
    public static readonly TimeSpan Lull = TimeSpan.FromSeconds(1);

    /// <summary>Whether enough was allocated since the last time, or there was none yet: what only the start needed goes.</summary>
    public bool IsWorthwhile => GC.GetTotalAllocatedBytes() - _allocated >= WorthCollecting;

    /// <summary>Whether so much was allocated that it is not to wait for a lull any longer.</summary>
    public bool IsOverdue => GC.GetTotalAllocatedBytes() - _allocated >= Math.Max(Overdue, 2 * _kept);

    /// <summary>Collects.</summary>
    public void GiveBack()
    {
        // Aggressive is what returns the memory to the kernel instead of keeping it for the next time.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        (_allocated, _kept) = (GC.GetTotalAllocatedBytes(), GC.GetTotalMemory(forceFullCollection: false));
        _ = Libc.MallocTrim(0);
        ForgetCode();
    }

    // Reading YAML, parsing a command line and putting a host together touch most of the executable, once. Its pages are the file's own:
    // those that are needed again are mapped again, a fault each, and the others no longer count as ours. Only pages of which the kernel says
    // that none was written to (relocated), since those would come back as they are in the file.
    private static void ForgetCode()
    {
        try
        {
            (nuint Start, nuint Length)? ours = null;
            foreach (var line in File.ReadLines("/proc/self/smaps"))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 6 && words[0].Split('-') is [var from, var to])
                {
                    var isOurs = words[1][1] == '-' && line.EndsWith(Environment.ProcessPath!, StringComparison.Ordinal);
                    ours = isOurs && Hex(from) is var start ? (start, Hex(to) - start) : null;
                }
                else if (words is ["Anonymous:", "0", "kB"] && ours is { } clean)
                {
                    _ = Libc.MemoryAdvice(clean.Start, clean.Length, Libc.NotNeeded);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It is only about how much memory is shown as ours.
        }
    }

    private static nuint Hex(string number) => nuint.Parse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
