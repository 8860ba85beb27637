using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>What the daemon keeps resident while nothing happens.</summary>
internal static class MemoryGroup
{
    private const string Interval = "1s";

    // The line comes first, then the memory goes back.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    public static async Task<string> Measure(Bench bench)
    {
        var intervals = bench.Quick ? 3 : 10;
        var table = new MarkdownTable("rules", "after the first reconcile", $"after {intervals} checks more", "peak", "goal");
        foreach (var backend in Enum.GetValues<Backend>())
        {
            await Row("100 of strangers", 100, GuardedConfig.DockerUser(backend, Interval), "20");
            await Row("10,000 of strangers", 10_000, GuardedConfig.DockerUser(backend, Interval), "48");
            await Row("10,000 guarded", 100, GuardedConfig.Many(backend, 10_000, Interval), "48");

            async Task Row(string what, int strangers, string config, string goal)
            {
                Bench.Say($"memory: iptables-{backend.Name()}, {what}");
                await using var host = await Host.Create(backend, strangers, config);
                await using var daemon = host.Netns.Start(bench.Netguard, ["daemon", "--config", host.ConfigPath]);
                await daemon.WaitForLine(line => line.Contains("guarding", StringComparison.Ordinal));
                await Task.Delay(Settling, bench.Cancel);
                var first = Resident(daemon.Pid, "VmRSS");
                await Task.Delay(TimeSpan.FromSeconds(intervals + 1), bench.Cancel);
                table.Add($"{what}, {backend.Name()}", first, Resident(daemon.Pid, "VmRSS"), Resident(daemon.Pid, "VmHWM"), goal);
            }
        }

        return $"""
            ### Resident memory of the daemon, MB

            {table}
            VmRSS and VmHWM of /proc/PID/status, with a check each second.

            """;
    }

    // kB there are 1,024 bytes; MB here are 1,000,000.
    private static string Resident(int pid, string field)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        var kilobytes = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{kilobytes * 1024 / 1e6:0.0}");
    }
}
