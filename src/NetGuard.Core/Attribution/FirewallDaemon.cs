namespace NetGuard.Core.Attribution;

/// <summary>
/// firewalld, which makes all its rules anew in a dozen commits, and gives up ("all hope is lost") when one of them fails. iptables-nft-restore
/// 1.8.9 fails with CHAIN_DEL, "device or resource busy", where anybody else commits between its look at the tables and its own
/// commit: it tries again, but without the flush. Whoever puts back what firewalld has just flushed keeps it from starting.
/// </summary>
public static class FirewallDaemon
{
    /// <summary>How long after one of its commits the next one may come.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest that its commits are waited for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Whether it made a change, itself or through a program that it started.</summary>
    /// <param name="seen">The process and its ancestors, from /proc.</param>
    public static bool IsAmong(IReadOnlyList<ProcessSighting> seen)
    {
        foreach (var one in seen)
        {
            if (ProcessStat.Name(one.Stat).SequenceEqual("firewalld"u8))
            {
                return true;
            }
        }

        return false;
    }
}
