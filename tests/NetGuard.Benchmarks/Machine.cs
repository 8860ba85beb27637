using System.Globalization;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>Where and when it was measured.</summary>
internal static class Machine
{
    public static async Task<string> Describe(Bench bench)
    {
        var version = (await Programs.Run("iptables-nft", ["--version"])).Succeeded().Output.Split(' ')[1];
        var kernel = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim();
        var rounds = string.Join(", ", bench.Sizes.GroupBy(bench.Rounds).Select(g => $"{g.Key} at {string.Join("/", g.Select(Number))} rules"));
        var load = await LoadAverage();
        return string.Create(CultureInfo.InvariantCulture, $"""
            Measured {DateTime.UtcNow:yyyy-MM-dd} on {Environment.ProcessorCount} cores, Linux {kernel}, iptables {version}, IPv4; rounds with `diff` and `apply`: {rounds}.
            {(bench.Quick ? "A quick run: it shows that the measurements work, not what they come to.\n" : "")}Times are milliseconds: median / 95th / 99th percentile. Load average at the start: {load}.

            """);
    }

    /// <summary>A count as a person writes it.</summary>
    public static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static async Task<string> LoadAverage() => (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
}
