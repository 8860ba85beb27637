namespace NetGuard.Cli;

/// <summary><c>netguard reload</c>: the daemon reads its configuration again.</summary>
internal static class ReloadCommand
{
    public static Task<int> RunAsync(bool json, string? within, CancellationToken cancel)
    {
        var window = within is null ? default : TrialCommand.Window(within);
        try
        {
            return Task.FromResult(Talk.With("reload", client =>
            {
                var warnings = within is null ? client.Reload() : client.TryReload(window);
                if (json)
                {
                    JsonShapes.Write(new(true, [.. warnings], []), JsonShapes.Printed.ReloadJson);
                    return ExitCode.Ok;
                }

                foreach (var warning in warnings)
                {
                    Console.WriteLine(Terminal.Clean($"warning: {warning}"));
                }

                Console.WriteLine(within is null
                    ? "configuration reloaded"
                    : $"on trial: say netguard confirm from another connection within {within}, or the former configuration is in force again (netguard confirm --rollback: at once)");
                return ExitCode.Ok;
            }, cancel));
        }
        catch (CommandFailure e) when (json && e is { ExitCode: ExitCode.Error, IsOfTheConfiguration: true })
        {
            JsonShapes.Write(new(false, [], [.. e.Messages]), JsonShapes.Printed.ReloadJson);
            return Task.FromResult(ExitCode.Error);
        }
    }
}
