namespace NetGuard.Core.Repair;

/// <summary>
/// Writes a command as a person types it into a shell. A plan that is pasted there must do what it says and nothing else, whatever
/// somebody has put into the comment of a rule.
/// </summary>
public static class ShellWords
{
    /// <summary>Writes the words of a command.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word == "!" || (word.Length > 0 && word.All(IsPlain)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':' or ',' or '@' or '%' or '+' or '=';
}
