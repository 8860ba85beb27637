using System.Text.RegularExpressions;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Manual;

/// <summary>The commands and their options, as the executable itself tells them.</summary>
internal static partial class CommandTree
{
    /// <summary>The long options of each command, without --help, which all have.</summary>
    public static async Task<Dictionary<string, string[]>> Read()
    {
        var commands = new Dictionary<string, string[]>();
        foreach (Match match in Listed().Matches((await Help()).Split("Commands:\n")[1]))
        {
            commands[match.Groups[1].Value] = Options(await Help(match.Groups[1].Value));
        }

        return commands;
    }

    private static string[] Options(string help) =>
        [.. Long().Matches(help.Split("Options:\n")[1]).Select(match => match.Value).Where(option => option != "--help")];

    private static async Task<string> Help(params string[] command) =>
        (await Programs.Run(NetguardBinary.Path, [.. command, "--help"])).Succeeded().Output;

    [GeneratedRegex("(?m)^  ([a-z]+)")]
    private static partial Regex Listed();

    [GeneratedRegex("(?m)(?<=^  (-., )*)--[a-z]+")]
    private static partial Regex Long();
}
