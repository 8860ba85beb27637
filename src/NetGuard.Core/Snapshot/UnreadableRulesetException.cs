namespace NetGuard.Core.Snapshot;

/// <summary>What a tool printed is not a whole ruleset. It says nothing about what is in the kernel.</summary>
public sealed class UnreadableRulesetException : Exception
{
    /// <summary>Says what is wrong with the text.</summary>
    public UnreadableRulesetException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong with a line of the text.</summary>
    public UnreadableRulesetException(int line, string message)
        : base($"line {line} of the tool's output: {message}")
    {
    }
}
