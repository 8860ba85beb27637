using System.Diagnostics;

namespace NetGuard.Tests.TestBed;

/// <summary>Starts programs, by argument list and never through a shell.</summary>
internal static class Programs
{
    /// <summary>Long enough for a busy machine with two cores; only a program that hangs gets there.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C", ["NO_COLOR"] = "1", ["PATH"] = Path() },
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it and its children were killed.</exception>
    public static async Task<ProgramResult> Run(
        string program, IReadOnlyList<string> arguments, string? input = null, TimeSpan? timeout = null)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var fed = Feed(process, input);
        using var patience = new CancellationTokenSource(timeout ?? Patience);
        var command = string.Join(' ', [program, .. arguments]);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw new TimeoutException($"{command}: still running after {timeout ?? Patience}\n{await errors}{await output}");
        }
        await fed;
        return new(command, process.ExitCode, await output, await errors);
    }

    private static async Task Feed(Process process, string? input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended, or closed its input, without reading it all: its exit code tells.
        }
    }

    /// <summary>The tools are in sbin, which not every shell of root's has in its path.</summary>
    private static string Path() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
}
