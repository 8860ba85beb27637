using System.Text;
using NetGuard.Metrics;

namespace NetGuard.Tests.Metrics;

/// <summary>What Prometheus would read.</summary>
internal static class Exposition
{
    public static async Task<string> Text(this GuardMeters meters) =>
        Encoding.UTF8.GetString((await meters.ExportAsync(CancellationToken.None)).Span);

    /// <summary>The names of the metrics and their types.</summary>
    public static Dictionary<string, string> Types(string text) => text.Split('\n')
        .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToDictionary(words => words[2], words => words[3]);
}
