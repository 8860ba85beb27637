namespace NetGuard.Benchmarks;

/// <summary>
/// Where the tables go: standard output, and a file if one is named. The file is written anew after each part, so that it holds what
/// there is however the run ends; the goals come first in it.
/// </summary>
internal sealed class Report(FileInfo? file, string head, Bench bench)
{
    private readonly List<string> _parts = [];

    public async Task Add(string part)
    {
        _parts.Add(part);
        if (file is not null)
        {
            await File.WriteAllTextAsync(file.FullName, ToString());
        }
    }

    public override string ToString() => string.Join('\n', [head, .. bench.Goals.Count == 0 ? [] : new[] { Goals() }, .. _parts]);

    private string Goals()
    {
        var table = new MarkdownTable("what", "goal", "measured", "");
        foreach (var goal in bench.Goals)
        {
            table.Add(goal.What, goal.Limit, goal.Measured, goal.IsMet ? "met" : "missed");
        }

        return $"""
            ### What was to be reached

            {table}
            """;
    }
}
