namespace NetGuard.Cli;

/// <summary><c>netguard status</c>: how things stand.</summary>
internal static class StatusCommand
{
    public static Task<int> RunAsync(bool json, CancellationToken cancel) => Task.FromResult(Talk.With("status", client =>
    {
        var status = client.GetStatus();
        if (json)
        {
            JsonShapes.Write(StatusJson.Of(status), JsonShapes.Printed.StatusJson);
        }
        else
        {
            foreach (var line in StatusText.Lines(status, TimeProvider.System.GetUtcNow()))
            {
                Console.WriteLine(line);
            }
        }

        return ExitCode.Ok;
    }, cancel));
}
