using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace NetGuard.Core.Tests;

/// <summary>Holds the folders to the table in src/ARCHITECTURE.md.</summary>
public partial class ArchitectureTests
{
    public static TheoryData<string> Folders => [.. Table().Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void AFolderUsesOnlyWhatTheTableAllows(string folder)
    {
        var allowed = Table()[folder];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Source(), folder), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match use in Name().Matches(string.Join('\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))))
            {
                var used = use.Groups["core"].Success ? "NetGuard.Core/" + use.Groups["core"].Value : "NetGuard/" + use.Groups["edge"].Value;
                Assert.True(used == folder || allowed(used), $"{Path.GetRelativePath(Source(), file)} uses {used}, which the table does not allow {folder}");
            }
        }
    }

    [Fact]
    public void EveryFolderOfCodeIsInTheTable()
    {
        var folders = new[] { "NetGuard.Core", "NetGuard" }.SelectMany(project => Directory.EnumerateDirectories(Path.Combine(Source(), project)))
            .Select(folder => Path.GetRelativePath(Source(), folder))
            .Where(folder => Path.GetFileName(folder) is not ("bin" or "obj"));
        Assert.Equal(folders.Order(StringComparer.Ordinal), Table().Keys.Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, Func<string, bool>> Table() => File.ReadLines(Path.Combine(Source(), "ARCHITECTURE.md"))
        .Where(line => line.StartsWith("| NetGuard", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(cells => cells[1], cells => Allows(cells[1], cells[2]));

    private static Func<string, bool> Allows(string folder, string text)
    {
        var words = text.Split(", ");
        return used => words[0] == "everything"
            ? words.Length == 1
            : text == "everything but Cli" ? used != "NetGuard/Cli"
            : folder.StartsWith("NetGuard.Core/", StringComparison.Ordinal) ? words.Contains(used["NetGuard.Core/".Length..])
            : words.Contains(used.StartsWith("NetGuard.Core/", StringComparison.Ordinal) ? "Core" : used["NetGuard/".Length..]);
    }

    private static string Source([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../../src");

    [GeneratedRegex(@"\bNetGuard\.(Core\.(?<core>\w+)|(?<edge>(?!Core\b)\w+))")]
    private static partial Regex Name();
}
