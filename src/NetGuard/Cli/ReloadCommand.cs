namespace NetGuard.Cli;

/// <summary><c>netguard reload</c>: the daemon reads its configuration again.</summary>
internal static class ReloadCommand
{
    public static Task<int> RunAsync(bool json, CancellationToken cancel)
    {
        try
        {
            return Task.FromResult(Talk.With("reload", client =>
            {
                var warnings = client.Reload();
                if (json)
                {
                    JsonShapes.Write(new(true, [.. warnings], []), JsonShapes.Printed.ReloadJson);
                    return ExitCode.Ok;
                }

                foreach (var warning in warnings)
                {
                    Console.WriteLine(Terminal.Clean($"warning: {warning}"));
                }

                Console.WriteLine("configuration reloaded");
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
