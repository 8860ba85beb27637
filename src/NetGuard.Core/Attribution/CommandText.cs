using System.Globalization;
using System.Text;

namespace NetGuard.Core.Attribution;

/// <summary>Makes other people's command lines fit for a log line.</summary>
public static class CommandText
{
    private const int MaxLine = 160;
    private const int MaxName = 40;

    private static readonly string[] Interpreters = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "perl", "ruby", "node", "env"];

    private static readonly string[] XtablesPrefixes = ["iptables", "ip6tables", "xtables-"];
    private static readonly string[] FreeTexts = ["--comment", "--log-prefix", "--nflog-prefix", "--string"];

    /// <summary>All of it: the program without its folder, then its arguments.</summary>
    public static string Line(ReadOnlySpan<byte> cmdline)
    {
        var words = Words(cmdline);
        return words.Length == 0 ? "" : Clean(string.Join(' ', [Base(words[0]), .. Arguments(words)]), MaxLine);
    }

    // iptables empties each "!" of its own command line once it has read it (do_parse in xshared.c): without it the line would say the
    // contrary. Where a text may be empty, it is one.
    private static IEnumerable<string> Arguments(string[] words)
    {
        var isIptables = XtablesPrefixes.Any(prefix => Base(words[0]).StartsWith(prefix, StringComparison.Ordinal));
        for (var i = 1; i < words.Length; i++)
        {
            yield return words[i].Length > 0 || !isIptables || i == words.Length - 1 || FreeTexts.Contains(words[i - 1]) ? words[i] : "!";
        }
    }

    /// <summary>The shortest name that tells: the program, or the script where it is an interpreter.</summary>
    /// <param name="cmdline">The words.</param>
    /// <param name="name">The kernel's name for it, where there are none.</param>
    public static string ShortName(ReadOnlySpan<byte> cmdline, ReadOnlySpan<byte> name)
    {
        var words = Words(cmdline);
        if (words.Length == 0)
        {
            return Clean(Encoding.UTF8.GetString(name), MaxName);
        }

        var program = Base(words[0].TrimStart('-')); // A login shell calls itself -bash.
        var isInterpreter = Interpreters.Contains(program) || program.StartsWith("python", StringComparison.Ordinal);
        if (program.All(char.IsAsciiDigit))
        {
            program = Encoding.UTF8.GetString(name); // Started from a descriptor: /proc/self/fd/3.
        }

        return Clean(isInterpreter && words.Length > 1 && words[1].Length > 0 && words[1][0] != '-' ? Base(words[1]) : program, MaxName);
    }

    /// <summary>
    /// One line of at most so many characters. Control characters, and those that reorder text, become question marks, and the semicolon,
    /// which ends the culprit in a log line, a comma.
    /// </summary>
    public static string Clean(string text, int length)
    {
        var clean = new StringBuilder(Math.Min(text.Length, length) + 1);
        foreach (var c in text)
        {
            if (clean.Length >= length)
            {
                return clean.Append('…').ToString();
            }

            clean.Append(c == ';' ? ','
                : char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : c);
        }

        return clean.ToString().Trim();
    }

    private static string Base(string path) => path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 } last ? last : path;

    private static string[] Words(ReadOnlySpan<byte> cmdline) =>
        Encoding.UTF8.GetString(cmdline).TrimEnd('\0') is { Length: > 0 } text ? text.Split('\0') : [];
}
