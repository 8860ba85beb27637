namespace NetGuard.Benchmarks;

/// <summary>A table as a README has it: aligned for the eye, too.</summary>
internal sealed class MarkdownTable(params IReadOnlyList<string> head)
{
    private readonly List<IReadOnlyList<string>> _rows = [head];

    public void Add(params IReadOnlyList<string> row) => _rows.Add(row);

    public override string ToString()
    {
        var widths = head.Select((_, column) => _rows.Max(row => row[column].Length)).ToList();
        var rule = widths.Select(width => new string('-', width)).ToList();
        return string.Concat(_rows.Take(1).Append(rule).Concat(_rows.Skip(1)).Select(row =>
            $"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |\n"));
    }
}
