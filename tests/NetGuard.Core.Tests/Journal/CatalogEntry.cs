using System.Text.RegularExpressions;
using NetGuard.Core.Tests.Config;

namespace NetGuard.Core.Tests.Journal;

/// <summary>An entry of packaging/journald/netguard.catalog.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="Headers">Subject and the others.</param>
/// <param name="Text">What follows them.</param>
internal sealed partial record CatalogEntry(string Id, IReadOnlyDictionary<string, string> Headers, string Text)
{
    /// <summary>The fields that journalctl puts in.</summary>
    public IEnumerable<string> Placeholders => Placeholder().Matches(Headers["Subject"] + Text).Select(match => match.Groups[1].Value).Distinct();

    public static IReadOnlyList<CatalogEntry> All() =>
    [
        .. Packaging.Read("journald/netguard.catalog").Split("\n-- ").Skip(1).Select(entry =>
        {
            var parts = entry.Split("\n\n", 2);
            var lines = parts[0].Split('\n');
            return new CatalogEntry(lines[0], lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]), parts[1]);
        }),
    ];

    [GeneratedRegex("@([A-Z_]+)@")]
    private static partial Regex Placeholder();
}
