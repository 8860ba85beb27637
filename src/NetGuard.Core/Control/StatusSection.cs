using NetGuard.Core.State;

namespace NetGuard.Core.Control;

/// <summary>A table that a part of the daemon adds to its status, such as the names that a configuration mentions and what they stand for.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Columns">The heads of its columns.</param>
/// <param name="Rows">Its rows, each with a cell for every column.</param>
public sealed record StatusSection(string Title, ValueList<string> Columns, ValueList<ValueList<string>> Rows)
{
    /// <summary>How many rows of a section are told.</summary>
    public const int MaxRows = 100;
}
