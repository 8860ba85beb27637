using System.CommandLine;
using NetGuard.ConfigFiles;
using NetGuard.Core.Ports;

namespace NetGuard.Cli;

/// <summary>The commands and their options, and what becomes of a failure: one line on standard error for each, and no stack trace.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Config = new("--config")
    {
        Description = "The configuration; drop-ins are conf.d/*.yaml beside it.",
        HelpName = "PATH",
        DefaultValueFactory = _ => ConfigDirectory.DefaultPath,
        Recursive = false,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON." };

    public static async Task<int> RunAsync(string[] args)
    {
        var result = Root().Parse(args);
        if (args.Length > 0 && result.Errors.Count > 0)
        {
            // The library's own report is several lines of advice; ours is one line for each error.
            var values = ValuesOfUnknownOptions(result.UnmatchedTokens);
            var errors = result.Errors.Select(error => error.Message).Where(error => !values.Any(value => error.EndsWith($" '{value}'.", StringComparison.Ordinal))).ToList();
            foreach (var error in errors.Count > 1 ? errors.Where(error => !error.StartsWith("Required command", StringComparison.Ordinal)) : errors)
            {
                Console.Error.WriteLine($"netguard: {Terminal.Clean(error)} (see netguard --help)");
            }

            return ExitCode.Error;
        }

        // A trial hears the signals itself: what it has begun it takes back, however long that takes.
        var patience = result.CommandResult.Command.Name == TrialCommand.Name ? null : (TimeSpan?)TimeSpan.FromSeconds(10);
        return await result.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = patience }).ConfigureAwait(false);
    }

    // What stands behind an option that the command does not have is no mistake of its own.
    private static List<string> ValuesOfUnknownOptions(IReadOnlyList<string> unmatched) =>
        [.. unmatched.Where((token, i) => i > 0 && unmatched[i - 1].StartsWith('-') && !token.StartsWith('-'))];

    private static RootCommand Root()
    {
        var all = new Option<bool>("--all") { Description = "All chains of all tables, not only those that forwarding depends on." };
        var confirm = new Option<string?>("--confirm") { Description = "Take the changes back after this time, unless netguard confirm is said before: 60s.", HelpName = "TIME" };
        var rollback = new Option<bool>("--rollback") { Description = "Take the changes back at once instead." };
        var debug = new Option<bool>("--debug") { Description = "Log more, stack traces among it." };
        var duration = new Argument<string>("DURATION") { Description = "How long: 90s, 10m, 1h30m; 24h at the most." };
        return new("Keeps a Docker host's forwarding the way its administrator declared it.")
        {
            Command("daemon", "Guard until stopped: the service.", (r, c) => DaemonCommand.RunAsync(r.GetValue(Config)!, r.GetValue(debug), c), Config, debug),
            Command("check", "Validate the configuration, rules included, without touching the firewall.", (r, c) => CheckCommand.RunAsync(r.GetValue(Config)!, r.GetValue(Json), c), Config, Json),
            Command("diff", "Show drift and the plan to repair it; change nothing. Ends with 2 on drift.", (r, c) => DiffCommand.RunAsync(r.GetValue(Config)!, r.GetValue(Json), c), Config, Json),
            Command("apply", "Repair drift once; with --confirm, take it back unless it is confirmed in time.", (r, c) => r.GetValue(confirm) is { } within
                ? TrialCommand.BeginAsync(r.GetValue(Config)!, within, r.GetValue(Json), c)
                : ApplyCommand.RunAsync(r.GetValue(Config)!, r.GetValue(Json), c), Config, Json, confirm),
            Command("confirm", "Keep what apply --confirm has put on trial.", (r, c) => ConfirmCommand.RunAsync(r.GetValue(rollback), c), rollback),
            Hidden(Command(TrialCommand.Name, "What apply --confirm leaves running.", (r, _) => TrialCommand.RunAsync(r.GetValue(Config)!, r.GetValue(confirm)!, r.GetValue(Json)), Config, Json, confirm)),
            Hidden(Command("scratch", "What netguard-scratch@.service runs.", (_, c) => ScratchCommand.RunAsync(c))),
            Command("snapshot", "Print the state that is there as a configuration.", (r, c) => SnapshotCommand.RunAsync(r.GetValue(all), r.GetValue(Json), c), all, Json),
            Command("clear", "Remove every rule that NetGuard owns.", (r, c) => ClearCommand.RunAsync(r.GetValue(Config)!, r.GetValue(Json), c), Config, Json),
            Command("status", "Show how things stand: the daemon's state, the last drifts and who caused them.", (r, c) => StatusCommand.RunAsync(r.GetValue(Json), c), Json),
            Command("watch", "Show what happens as it happens: a live table on a terminal, else a line for each event.", (r, c) => WatchCommand.RunAsync(r.GetValue(Json), c), Json),
            Command("pause", "Have the daemon repair nothing for a while; it ends by itself.", duration, (r, c) => PauseCommand.RunAsync(r.GetValue(duration)!, r.GetValue(Json), c), Json),
            Command("resume", "End a pause, and put right what drifted meanwhile.", (r, c) => ResumeCommand.RunAsync(r.GetValue(Json), c), Json),
            Command("reload", "Have the daemon read its configuration again. Ends with 1 and tells every mistake if it is bad.", (r, c) => ReloadCommand.RunAsync(r.GetValue(Json), r.GetValue(confirm), c), Json, confirm),
        };
    }

    private static Command Command(
        string name, string description, Argument argument, Func<ParseResult, CancellationToken, Task<int>> run, params Option[] options)
    {
        var command = Command(name, description, run, options);
        command.Arguments.Add(argument);
        return command;
    }

    private static Command Command(string name, string description, Func<ParseResult, CancellationToken, Task<int>> run, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((result, cancel) => GuardedAsync(() => run(result, cancel)));
        return command;
    }

    private static Command Hidden(Command command)
    {
        command.Hidden = true;
        return command;
    }

    private static async Task<int> GuardedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (CommandFailure e)
        {
            foreach (var message in e.Messages)
            {
                Console.Error.WriteLine(Terminal.Clean(message));
            }

            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("netguard: stopped before it was done");
        }
        catch (Exception e) when (e is XtablesException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"netguard: {Terminal.Clean(e.Message)}");
        }
#pragma warning disable CA1031 // The last door: an administrator gets one line, not a stack trace and a core dump.
        catch (Exception e)
        {
            Console.Error.WriteLine($"netguard: an error of NetGuard's own, please report it: {e.GetType().Name}: {Terminal.Clean(e.Message)}");
        }
#pragma warning restore CA1031

        return ExitCode.Error;
    }
}
