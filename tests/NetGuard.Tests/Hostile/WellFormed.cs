using System.Globalization;
using System.Text.RegularExpressions;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Hostile;

/// <summary>Whether what others read of NetGuard's is what they expect, whatever strangers wrote.</summary>
internal static partial class WellFormed
{
    // Of a line: a culprit's command line is cut.
    private const int MostCharacters = 4096;

    /// <summary>Each of the console's lines begins as a line of NetGuard's, and holds no control character.</summary>
    public static void Console(IEnumerable<OutputLine> lines) => Assert.All(lines, line =>
    {
        Assert.Matches(Beginning(), line.Text);
        Assert.DoesNotContain(line.Text, IsHarmful);
        Assert.True(line.Text.Length < MostCharacters, line.Text);
    });

    /// <summary>What a command prints for people holds no control character but its own line breaks.</summary>
    public static void Output(string text) => Assert.DoesNotContain(text.Replace("\n", "", StringComparison.Ordinal), IsHarmful);

    /// <summary>An entry of the journal has each of its fields once, by names that journald takes, and its message is one line.</summary>
    public static void Journal(IReadOnlyList<KeyValuePair<string, string>> entry)
    {
        Assert.Equal(entry.Count, entry.Select(field => field.Key).Distinct().Count());
        Assert.All(entry, field => Assert.Matches("^[A-Z][A-Z0-9_]*$", field.Key));
        Assert.DoesNotContain(entry.Single(field => field.Key == "MESSAGE").Value, IsHarmful);
        Assert.All(entry, field => Assert.True(field.Value.Length < MostCharacters, field.Key));
    }

    /// <summary>A textfile is what Prometheus' text format allows: a comment, or a sample with its labels and a number.</summary>
    public static void Metrics(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.All(text[..^1].Split('\n'), line => Assert.Matches(Sample(), line));
        Assert.DoesNotContain(text.Replace("\n", "", StringComparison.Ordinal), IsHarmful);
    }

    /// <summary>Resident memory in bytes, and processor time, of a process.</summary>
    public static (long Resident, TimeSpan Work) Cost(int pid)
    {
        var resident = File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return (long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10, TimeSpan.FromMilliseconds(10 * ticks));
    }

    // Terminals obey these, and some turn text around.
    private static bool IsHarmful(char c) => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} (debug|info|warning|error) {1,5}\S")]
    private static partial Regex Beginning();

    [GeneratedRegex("""^(# (HELP|TYPE) .*|netguard_[a-z_]+(\{[a-z_]+="([^"\\]|\\[\\"n])*"(,[a-z_]+="([^"\\]|\\[\\"n])*")*\})? [-+0-9.eEInfNa]+)$""")]
    private static partial Regex Sample();
}
