using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.Chaos;

namespace NetGuard.Benchmarks;

/// <summary>
/// Random mishaps by several at once, for as long as asked, against the real daemon: <c>soak</c> asks whether one daemon grows, <c>chaos</c> kills it as
/// well, and plays as many as it can.
/// </summary>
internal static class ChaosCommands
{
    private const int Shown = 40;

    public static Command Soak(Option<FileInfo?> binary, Option<FileInfo?> output) => Make(
        "soak", "Plays random mishaps against one daemon and checks after each quiet moment that all is as declared, strangers' rules are as they were left, and nothing grows.",
        kills: false, hurries: false, binary, output);

    public static Command Chaos(Option<FileInfo?> binary, Option<FileInfo?> output) => Make(
        "chaos", "The same with hardly a pause, with a real Docker Engine where one is installed, and with a daemon that is killed now and then.", kills: true, hurries: true, binary, output);

    private static Command Make(string name, string description, bool kills, bool hurries, Option<FileInfo?> binary, Option<FileInfo?> output)
    {
        var minutes = new Option<double>("--minutes") { Description = "how long", DefaultValueFactory = _ => 30, HelpName = "N" };
        var steps = new Option<int>("--steps") { Description = "ends after so many mishaps, if that is sooner", DefaultValueFactory = _ => int.MaxValue, HelpName = "N" };
        var seed = new Option<int?>("--seed") { Description = "plays the mishaps of an earlier run again", HelpName = "N" };
        var backend = new Option<Backend>("--backend") { Description = "nft (default) or legacy", DefaultValueFactory = _ => Backend.Nft };
        var command = new Command(name, description)
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
                Kills = kills,
                Hurries = hurries,
                WithDocker = hurries,
                Say = Console.Error.WriteLine,
            };
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"{name}: iptables-{options.Backend.Name()}, seed {options.Seed}"));
            return await Run(name, options, parsed.GetValue(output), cancel);
        });
        return command;
    }

    private static async Task<int> Run(string name, ChaosOptions options, FileInfo? output, CancellationToken cancel)
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
            Console.Out.WriteLine($"{name} FAILED: seed {options.Seed}");
            return 1;
        }

        // The next daemon does not go on where the last one was.
        var growth = options.Kills ? [] : Vitals.Growth(report.Samples);
        var text = Summary(name, options, report, growth, Stopwatch.GetElapsedTime(start));
        Console.Out.WriteLine(text);
        if (output is not null)
        {
            await File.WriteAllTextAsync(output.FullName, text, CancellationToken.None);
        }

        return growth.Count == 0 ? 0 : 1;
    }

    private static string Summary(string name, ChaosOptions options, ChaosReport report, IReadOnlyList<string> growth, TimeSpan took)
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
            ### {name}: {took.TotalMinutes:0.0} minutes of random mishaps, iptables-{options.Backend.Name()}, seed {options.Seed}

            {Machine.Number(report.Steps)} mishaps by three at once, by whoever edits the configuration, and by all; {Machine.Number(report.Settled.Count)} quiet moments, in each of which all was as declared and
            strangers' rules as they were left, {report.Percentile(50).TotalSeconds:0.00} s after the last mishap in the median, {report.Percentile(99).TotalSeconds:0.0} s in 99 of 100, {report.Percentile(100).TotalSeconds:0.0} s at the latest (the
            fights' slow-down included). The daemon was killed {report.Deaths} times, {(report.HadDocker ? "a real Docker Engine was restarted among other things" : "no real Docker Engine took part")}, {Machine.Number(report.Lines)} lines were written.
            {(options.Kills ? "" : growth.Count == 0 ? "Nothing grew." : $"GROWN: {string.Join("; ", growth)}.")}

            {table}

            """);
    }
}
