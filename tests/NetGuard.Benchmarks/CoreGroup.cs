using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace NetGuard.Benchmarks;

/// <summary>Runs <see cref="CoreBenchmarks"/> and makes its table.</summary>
internal static class CoreGroup
{
    private static readonly string[] Methods = [nameof(CoreBenchmarks.Parse), nameof(CoreBenchmarks.Diff), nameof(CoreBenchmarks.ParseAndDiff)];

    public static Task<string> Measure(Bench bench)
    {
        Bench.Say("core: parsing and diffing");
        var artifacts = Directory.CreateTempSubdirectory("netguard-bench-");
        try
        {
            var log = new StreamLogger(Path.Combine(artifacts.FullName, "log"));
            var summary = BenchmarkRunner.Run<CoreBenchmarks>(Config(bench, log).WithArtifactsPath(artifacts.FullName));
            log.Dispose();
            return summary.Reports.All(report => report.Success)
                ? Task.FromResult(Table(summary))
                : throw new InvalidOperationException(File.ReadAllText(Path.Combine(artifacts.FullName, "log")));
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    // In this process: a project that BenchmarkDotNet makes up would be built under the repository's own rules.
    private static ManualConfig Config(Bench bench, ILogger log) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(bench.Quick ? 1 : 2)
            .WithIterationCount(bench.Quick ? 3 : 6)
            .WithIterationTime(TimeInterval.FromMilliseconds(bench.Quick ? 50 : 100)))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(log);

    private static string Table(Summary summary)
    {
        var table = new MarkdownTable("rules", "", "parse", "diff", "parse and diff", "allocated: parse", "diff", "both");
        foreach (var group in summary.Reports.GroupBy(r => (Guarded: (bool)r.BenchmarkCase.Parameters["Guarded"], Rules: (int)r.BenchmarkCase.Parameters["Rules"])))
        {
            var reports = Methods.Select(method => group.First(r => r.BenchmarkCase.Descriptor.WorkloadMethod.Name == method)).ToList();
            table.Add([Machine.Number(group.Key.Rules), group.Key.Guarded ? "guarded" : "of strangers", .. reports.Select(Time), .. reports.Select(Allocated)]);
        }

        return $"""
            ### Parsing and diffing, one rule missing (BenchmarkDotNet, JIT)

            {table}
            Medians. Diff alone finds the rules taken apart already; a check does both.

            """;
    }

    private static string Time(BenchmarkReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.ResultStatistics!.Median / 1e6:0.000} ms");

    private static string Allocated(BenchmarkReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) / 1024.0:#,0} KiB");
}
