using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.Chaos;

namespace NetGuard.Benchmarks;

/// <summary>Random mishaps by several at once, for as long as asked, against the real daemon.</summary>
internal static class SoakCommand
{
    private const int Shown = 40;

    public static Command Make(Option<FileInfo?> binary, Option<FileInfo?> output)
    {
        var minutes = new Option<double>("--minutes") { Description = "how long", DefaultValueFactory = _ => 30, HelpName = "N" };
        var steps = new Option<int>("--steps") { Description = "ends after so many mishaps, if that is sooner", DefaultValueFactory = _ => int.MaxValue, HelpName = "N" };
        var seed = new Option<int?>("--seed") { Description = "plays the mishaps of an earlier run again", HelpName = "N" };
        var backend = new Option<Backend>("--backend") { Description = "nft (default) or legacy", DefaultValueFactory = _ => Backend.Nft };
        var command = new Command("soak", "Plays random mishaps against the daemon and checks after each quiet moment that all is as declared, strangers' rules are as they were left, and nothing grows.")
        {
            minutes, steps, seed, backend, binary, output,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            if (Executable.Find(parsed.GetValue(binary)) is not { } path)
            {
                return 1;
            }

            var options = new ChaosOptions(parsed.GetValue(seed) ?? Random.Shared.Next(), parsed.GetValue(backend), path)
            {
                Steps = parsed.GetValue(steps),
                Time = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                Say = Console.Error.WriteLine,
            };
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"soak: iptables-{options.Backend.Name()}, seed {options.Seed}"));
            return await Run(options, parsed.GetValue(output), cancel);
        });
        return command;
    }

    private static async Task<int> Run(ChaosOptions options, FileInfo? output, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        ChaosReport report;
        try
        {
            report = await new ChaosRun(options).Run(cancel);
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine(e.Message);
            Console.Out.WriteLine($"soak FAILED: seed {options.Seed}");
            return 1;
        }

        var growth = Vitals.Growth(report.Samples);
        var text = Summary(options, report, growth, Stopwatch.GetElapsedTime(start));
        Console.Out.WriteLine(text);
        if (output is not null)
        {
            await File.WriteAllTextAsync(output.FullName, text, CancellationToken.None);
        }

        return growth.Count == 0 ? 0 : 1;
    }

    private static string Summary(ChaosOptions options, ChaosReport report, IReadOnlyList<string> growth, TimeSpan took)
    {
        var every = Math.Max(1, report.Samples.Count / Shown);
        var table = new MarkdownTable("after", "resident, MB", "open files", "threads", "child processes");
        foreach (var vitals in report.Samples.Where((_, i) => i % every == 0 || i == report.Samples.Count - 1))
        {
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"{vitals.At:hh\\:mm\\:ss}"), string.Create(CultureInfo.InvariantCulture, $"{vitals.ResidentKb * 1024 / 1e6:0.0}"),
                $"{vitals.Files}", $"{vitals.Threads}", $"{vitals.Children}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### Soak: {took.TotalMinutes:0.0} minutes of random mishaps, iptables-{options.Backend.Name()}, seed {options.Seed}

            {Machine.Number(report.Steps)} mishaps by three at once and by all; {Machine.Number(report.Quiet)} quiet moments, in each of which all was as declared and strangers' rules as they
            were left, at the latest {report.Longest.TotalSeconds:0.0} s after the last mishap (the fights' slow-down included). The daemon wrote {Machine.Number(report.Lines)} lines.
            {(growth.Count == 0 ? "Nothing grew." : $"GROWN: {string.Join("; ", growth)}.")}

            {table}

            """);
    }
}
