using System.Diagnostics;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>
/// Runs one program to its end on the calling thread, and so in the network namespace that the thread is in. No nsenter comes in
/// between, whose own start would count.
/// </summary>
internal static class Timed
{
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static (double Milliseconds, string Output) Run(string program, IReadOnlyList<string> arguments, string? input = null)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Programs.Start(program, arguments);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        // What the tools say when they fail fits the pipe.
        new ProgramResult(string.Join(' ', [program, .. arguments]), process.ExitCode, output, process.StandardError.ReadToEnd()).Succeeded();
        return (took, output);
    }
}
