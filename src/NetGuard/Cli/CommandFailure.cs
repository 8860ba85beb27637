namespace NetGuard.Cli;

/// <summary>A command cannot go on. Each message becomes one line on standard error.</summary>
internal sealed class CommandFailure(params IReadOnlyList<string> messages) : Exception(string.Join('\n', messages))
{
    public IReadOnlyList<string> Messages => messages;

    /// <summary>What the command ends with.</summary>
    public int ExitCode { get; init; } = Cli.ExitCode.Error;

    /// <summary>Whether the messages are the configuration's mistakes.</summary>
    public bool IsOfTheConfiguration { get; init; }
}
