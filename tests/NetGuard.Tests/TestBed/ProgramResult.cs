namespace NetGuard.Tests.TestBed;

/// <summary>How a program ended, and what it had said.</summary>
public sealed record ProgramResult(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>The same result, where the program succeeded.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message holds its own words.</exception>
    public ProgramResult Succeeded() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"{Command}: exit {ExitCode}\n{Errors}{Output}");
}
