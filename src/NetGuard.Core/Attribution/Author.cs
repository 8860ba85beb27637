using System.Text;

namespace NetGuard.Core.Attribution;

/// <summary>Whether a change is Docker's own.</summary>
public enum Author
{
    /// <summary>That could not be told: the process was gone.</summary>
    Unknown,

    /// <summary>The Docker daemon, or iptables that it had started itself.</summary>
    Docker,

    /// <summary>Somebody else.</summary>
    Stranger,
}

/// <summary>Tells Docker's changes from others.</summary>
public static class Authorship
{
    private const string Dockerd = "dockerd";

    /// <summary>Judges by what was seen when the change was told.</summary>
    /// <param name="pid">Who made it, as the kernel said.</param>
    /// <param name="name">What the kernel called it; empty where it did not.</param>
    /// <param name="seen">The process and its ancestors, from /proc.</param>
    /// <param name="ticks">When it was told, in ticks of 1/100 s since boot.</param>
    public static Author Of(int pid, ReadOnlySpan<byte> name, IReadOnlyList<ProcessSighting> seen, long ticks)
    {
        var called = Encoding.UTF8.GetString(name);
        if (called == Dockerd)
        {
            return Author.Docker;
        }

        // Docker starts iptables, nothing else, and does so itself: a script's iptables has the script between.
        if (called.Length > 0 && !IsTool(called))
        {
            return Author.Stranger;
        }

        if (seen.Count == 0 || seen[0].Pid != pid || !ProcessStat.TryParse(seen[0].Stat, out var stat) || stat.StartTicks > ticks + 1)
        {
            return Author.Unknown;
        }

        var tool = Encoding.UTF8.GetString(ProcessStat.Name(seen[0].Stat));
        return (called.Length > 0 && tool != called) || (seen.Count < 2 && stat.Parent > 1) ? Author.Unknown
            : IsTool(tool) && seen.Count > 1 && ProcessStat.Name(seen[1].Stat).SequenceEqual("dockerd"u8) ? Author.Docker
            : Author.Stranger;
    }

    private static bool IsTool(string name) =>
        name.StartsWith("iptables", StringComparison.Ordinal) || name.StartsWith("ip6tables", StringComparison.Ordinal)
        || name.StartsWith("xtables", StringComparison.Ordinal);
}
