using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>A YAML scalar. Its text is all there is: <c>on</c> and <c>1</c> are no booleans and numbers here.</summary>
/// <param name="at">Where it begins, the quote included.</param>
/// <param name="text">Its content.</param>
/// <param name="isPlain">Whether it stands without quotes.</param>
/// <param name="isVerbatim">Whether it stands in the file character for character, on one line.</param>
internal sealed class ScalarNode(SourceLocation at, string text, bool isPlain, bool isVerbatim) : Node(at)
{
    /// <summary>The content.</summary>
    public string Text { get; } = text;

    /// <summary>Whether it stands without quotes.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <inheritdoc/>
    public override string Kind => IsNull ? "empty" : "a single value";

    /// <inheritdoc/>
    public override bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <summary>The place of a character of the text, or the beginning where the file has the text in another form.</summary>
    /// <param name="offset">The character's index in the text.</param>
    public SourceLocation Inside(int offset) =>
        isVerbatim ? At with { Column = At.Column + Printed.Characters(Text.AsSpan(0, Math.Min(offset, Text.Length))) } : At;
}
