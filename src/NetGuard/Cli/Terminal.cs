namespace NetGuard.Cli;

/// <summary>Text for people: aligned columns, colour on a terminal only.</summary>
internal static class Terminal
{
    private static readonly bool Colour = !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>What is right.</summary>
    public static string Good(string text) => Paint("32", text);

    /// <summary>What is not.</summary>
    public static string Bad(string text) => Paint("31", text);

    /// <summary>What to look at first.</summary>
    public static string Strong(string text) => Paint("1", text);

    /// <summary>Writes rows in columns, the last of which may be as long as it likes.</summary>
    public static void WriteTable(IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = head.Select((title, i) => rows.Select(row => Clean(row[i]).Length).Append(title.Length).Max()).ToList();
        Console.WriteLine(Strong(Line(head, widths)));
        foreach (var row in rows)
        {
            Console.WriteLine(Line([.. row.Select(Clean)], widths));
        }
    }

    /// <summary>Other people's names must not steer the terminal.</summary>
    public static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static string Line(IReadOnlyList<string> cells, List<int> widths) =>
        string.Join("  ", cells.Select((cell, i) => i == cells.Count - 1 ? cell : cell.PadRight(widths[i]))).TrimEnd();

    private static string Paint(string code, string text) => Colour ? $"\e[{code}m{text}\e[0m" : text;
}
