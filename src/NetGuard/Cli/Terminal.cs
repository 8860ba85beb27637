using NetGuard.Core.Journal;
using NetGuard.Interop;

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

    /// <summary>Whether a person looks on.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Whether whoever read the output is gone: .NET throws away what is written then, without a word.</summary>
    public static bool IsOutputClosed
    {
        get
        {
            const int output = 1;
            const int error = 8; // POLLERR
            var polled = (Span<Libc.PollDescriptor>)[new() { Descriptor = output }];
            return Libc.Poll(polled, 1, 0) > 0 && (polled[0].Returned & error) != 0;
        }
    }

    /// <summary>Writes rows in columns, the last of which may be as long as it likes.</summary>
    public static void WriteTable(IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (var line in Table(head, rows))
        {
            Console.WriteLine(line);
        }
    }

    /// <summary>Rows in columns.</summary>
    /// <param name="head">The heads of the columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="width">Where a line is cut off.</param>
    public static IEnumerable<string> Table(IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows, int width = int.MaxValue)
    {
        var widths = head.Select((title, i) => rows.Select(row => Clean(row[i]).Length).Append(title.Length).Max()).ToList();
        yield return Strong(Cut(Line(head, widths), width));
        foreach (var row in rows)
        {
            yield return Cut(Line([.. row.Select(Clean)], widths), width);
        }
    }

    /// <summary>A line that fits.</summary>
    public static string Cut(string line, int width) => line.Length <= width ? line : line[..Math.Max(0, width - 1)] + "…";

    /// <summary>Other people's names must not steer the terminal.</summary>
    public static string Clean(string text) => OneLine.Of(text);

    private static string Line(IReadOnlyList<string> cells, List<int> widths) =>
        string.Join("  ", cells.Select((cell, i) => i == cells.Count - 1 ? cell : cell.PadRight(widths[i]))).TrimEnd();

    private static string Paint(string code, string text) => Colour ? $"\e[{code}m{text}\e[0m" : text;
}
