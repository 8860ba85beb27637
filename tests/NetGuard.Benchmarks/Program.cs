using System.CommandLine;
using NetGuard.Benchmarks;

var quick = new Option<bool>("--quick") { Description = "few rounds and sizes, in about two minutes: shows that it works, not how fast" };
var output = new Option<FileInfo?>("--output") { Description = "a file that gets the tables, too", HelpName = "FILE" };
var binary = new Option<FileInfo?>("--netguard") { Description = "the native executable; else NETGUARD_BINARY names it", HelpName = "PATH" };
var only = new Option<string[]>("--only")
{
    Description = $"these groups alone: {string.Join(", ", Groups.All.Keys)}",
    AllowMultipleArgumentsPerToken = true,
    HelpName = "GROUP",
};
only.AcceptOnlyFromAmong([.. Groups.All.Keys]);
var command = new RootCommand("Measures NetGuard against the bare iptables tools, in namespaces of its own, and prints the README's tables.")
{
    quick, output, binary, only, ChaosCommands.Soak(binary, output), ChaosCommands.Chaos(binary, output),
};
command.SetAction(async (parsed, cancel) =>
{
    if (Executable.Find(parsed.GetValue(binary)) is not { } path)
    {
        return 1;
    }

    var chosen = parsed.GetValue(only) is { Length: > 0 } names ? names : [.. Groups.All.Keys];
    var bench = new Bench(path, parsed.GetValue(quick), cancel);
    var report = new Report(parsed.GetValue(output), await Machine.Describe(bench), bench);
    var failed = 0;
    try
    {
        foreach (var name in chosen)
        {
            try
            {
                await report.Add(await Groups.All[name](bench));
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                // What the others measure is not lost for it.
                failed++;
                Console.Error.WriteLine($"{name} failed: {e}");
                await report.Add($"### {name}\n\nThis failed: {e.Message.Split('\n')[0]}\n");
            }
        }

        Console.Out.WriteLine(report);
        return failed == 0 ? 0 : 1;
    }
    catch (Exception) when (cancel.IsCancellationRequested)
    {
        // Ctrl-C goes to the programs that were running, too, and those then fail.
        Console.Error.WriteLine("stopped; the namespaces are gone again");
        return 130;
    }
});

return await command.Parse(args).InvokeAsync(new()
{
    EnableDefaultExceptionHandler = false,
    ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
});
