namespace NetGuard.Core.State;

/// <summary>A place in a file.</summary>
/// <param name="File">The path as the reader knows it.</param>
/// <param name="Line">The line, from 1; 0 where the whole file is meant.</param>
/// <param name="Column">The column in characters, from 1; 0 where the whole line is meant.</param>
public sealed record SourceLocation(string File, int Line, int Column)
{
    /// <summary><c>file:line:column</c>, as compilers have it and editors can jump to.</summary>
    public override string ToString() =>
        Line == 0 ? File : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
}
