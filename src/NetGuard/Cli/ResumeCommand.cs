namespace NetGuard.Cli;

/// <summary><c>netguard resume</c>: ends a pause.</summary>
internal static class ResumeCommand
{
    public static Task<int> RunAsync(bool json, CancellationToken cancel) => Task.FromResult(Talk.With("resume", client =>
    {
        var wasPaused = client.Resume();
        if (json)
        {
            JsonShapes.Write(new(wasPaused), JsonShapes.Printed.ResumeJson);
        }
        else
        {
            Console.WriteLine(wasPaused ? "resumed: everything has been checked" : "it was not paused");
        }

        return ExitCode.Ok;
    }, cancel));
}
