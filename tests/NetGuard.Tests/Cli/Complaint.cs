using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary>How a command refuses: exit 1 (the daemon 78, where the configuration has mistakes), nothing on standard output, one line for each mistake on standard error.</summary>
internal static class Complaint
{
    /// <summary>The lines, once it is sure that they are fit to be read.</summary>
    public static string[] Lines(ProgramResult result, int exitCode = 1)
    {
        Assert.True(result.ExitCode == exitCode, $"{result.Command}: exit {result.ExitCode}\n{result.Errors}{result.Output}");
        Assert.Equal("", result.Output);
        Assert.DoesNotContain("Unhandled", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("an error of NetGuard's own", result.Errors, StringComparison.Ordinal);
        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            Assert.False(line.StartsWith("   at ", StringComparison.Ordinal), line);
            Assert.All(line, c => Assert.False(char.IsControl(c), line));
        });
        return lines;
    }

    /// <summary>The one line.</summary>
    public static string Line(ProgramResult result, int exitCode = 1) => Assert.Single(Lines(result, exitCode));

    /// <summary>What a command ends with where the configuration has mistakes.</summary>
    public static int ExitCodeOf(string command) => command == "daemon" ? 78 : 1;
}
