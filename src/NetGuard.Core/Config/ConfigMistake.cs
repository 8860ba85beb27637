using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="At">Where it stands.</param>
/// <param name="Message">What is wrong, what was expected and, where it can be guessed, what was meant. One line.</param>
public sealed record ConfigMistake(SourceLocation At, string Message)
{
    /// <summary><c>file:line:column: message</c>.</summary>
    public override string ToString() => $"{At}: {Message}";
}

/// <summary>A configuration, or everything that is wrong with it.</summary>
/// <param name="Config">The configuration; null where there is a mistake.</param>
/// <param name="Mistakes">The mistakes in the order in which they stand.</param>
public sealed record ConfigResult(GuardConfig? Config, ValueList<ConfigMistake> Mistakes)
{
    /// <summary>
    /// What could be understood, mistakes or not, so that the kernel's opinion of the good rules can be told in the same run. Never to be
    /// applied while there is a mistake. Null where nothing could be understood.
    /// </summary>
    public GuardConfig? Readable { get; init; } = Config;
}

/// <summary>One configuration file as it was read.</summary>
/// <param name="Path">What the reader calls it; mistakes are reported under this name.</param>
/// <param name="Text">Its content.</param>
public sealed record ConfigFile(string Path, string Text);
