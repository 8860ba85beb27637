using System.Text;
using NetGuard.Core.Attribution;
using NetGuard.Core.State;
using NetGuard.Processes;

namespace NetGuard.Daemon;

/// <summary>
/// Looks for who may have done what the kernel tells without a name, among the processes that were started last. Only one that says
/// itself that it does such things is named.
/// </summary>
internal static class Suspects
{
    private const int Depth = 12;
    private static readonly string[] Reading = ["-L", "-S", "-C", "--list", "--list-rules", "--check", "-V", "--version", "-h"];

    /// <summary>A run of iptables-legacy, by its name.</summary>
    public static IReadOnlyList<ProcessSighting> OfLegacy(OwnProcesses own) => Find(own, static one =>
        Name(one) is var name && name.Contains("tables", StringComparison.Ordinal) && !name.Contains("nft", StringComparison.Ordinal)
        && !name.EndsWith("-save", StringComparison.Ordinal) && !Encoding.UTF8.GetString(one.CommandLine).Split('\0').Any(word => Reading.Contains(word)));

    /// <summary>One whose command line has the setting's name in it, in one of its forms, or which sets all at once.</summary>
    public static IReadOnlyList<ProcessSighting> OfSysctl(OwnProcesses own, IEnumerable<SysctlKey> keys) => Find(own, one =>
    {
        var text = Encoding.UTF8.GetString(one.CommandLine);
        return Name(one) is "sysctl" or "systemd-sysctl"
            || keys.Any(key => SysctlCoupling.Names(key).Any(name =>
                text.Contains(name.RelativePath, StringComparison.Ordinal) || text.Contains(name.ToString(), StringComparison.Ordinal)));
    });

    private static IReadOnlyList<ProcessSighting> Find(OwnProcesses own, Func<ProcessSighting, bool> isIt)
    {
        var last = Lineage.LastPid();
        for (var pid = last; pid > Math.Max(last - Depth, 1); pid--)
        {
            if (Lineage.One(pid) is { } one && isIt(one) && !own.Contains(pid) && !Lineage.IsInAnotherNetwork(pid))
            {
                var seen = Lineage.Of(pid);
                return seen.Count > 0 ? seen : [one];
            }
        }

        return [];
    }

    private static string Name(ProcessSighting one) => CommandText.ShortName(one.CommandLine, ProcessStat.Name(one.Stat));
}
