using System.Text;
using System.Text.RegularExpressions;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>All that NetGuard could have changed, as one text to compare.</summary>
public sealed partial class Netns
{
    /// <summary>Every table of both variants and families with its counters, native nftables rules, ipsets, and the kernel's settings.</summary>
    public async Task<string> World()
    {
        var saves = from backend in Enum.GetValues<Backend>() from family in Enum.GetValues<Family>() select Save(backend, family, counters: true);
        var parts = await Task.WhenAll([.. saves, Output("nft", ["list", "ruleset"]), Output("ipset", ["list", "-n"]), Inside(Settings)]);
        return string.Concat(parts.SelectMany(part => part.Split('\n')).Where(line => line is not (['#', ..] or "")).Select(Quiet));
    }

    // The kernel itself sends a packet now and then: it looks for routers and groups on interfaces that come up.
    private static string Quiet(string line) => Own().Replace(line, "$1") + "\n";

    [GeneratedRegex(@"^(:(?:INPUT|OUTPUT|PREROUTING|POSTROUTING) \w+) \[\d+:\d+\]$")]
    private static partial Regex Own();

    private static string Settings()
    {
        var text = new StringBuilder();
        foreach (var file in new[] { "/proc/sys/net/ipv4", "/proc/sys/net/ipv6", "/proc/sys/net/bridge" }.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            try
            {
                text.Append(file).Append('=').Append(File.ReadAllText(file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Some can only be written.
            }
        }

        return text.Append(File.ReadAllText("/proc/thread-self/net/ip_tables_names")).ToString();
    }
}
