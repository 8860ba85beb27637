namespace NetGuard.Processes;

/// <summary>A program to run. There is no shell: each argument reaches the program as it is.</summary>
/// <param name="Path">The program's absolute path.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record Command(string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>What it reads on standard input; null for nothing.</summary>
    public string? Input { get; init; }

    /// <summary>After how long it is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What is added to its environment, which is otherwise empty but for PATH and LC_ALL=C.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The name for messages.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>What came of a program.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where a signal ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>A program could not be started, or did not end in time.</summary>
public sealed class CommandException : Exception
{
    /// <summary>Says which, and why.</summary>
    public CommandException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
