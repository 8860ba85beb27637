using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>All that NetGuard could have changed, as one text to compare.</summary>
public sealed partial class Netns
{
    /// <summary>Every table of both variants and families with its counters, native nftables rules, ipsets, and the kernel's settings.</summary>
    public async Task<string> World()
    {
        var text = new StringBuilder();
        foreach (var backend in Enum.GetValues<Backend>())
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                text.Append(WithoutComments(await Save(backend, family, counters: true)));
            }
        }

        text.Append(await Output("nft", ["list", "ruleset"])).Append(await Output("ipset", ["list", "-n"]));
        return text.Append(await Inside(Settings)).ToString();
    }

    /// <summary>What iptables-save prints, without the time at which it did.</summary>
    public static string WithoutComments(string saved) =>
        string.Concat(saved.Split('\n').Where(line => line is not ['#', ..] and not "").Select(line => line + "\n"));

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
