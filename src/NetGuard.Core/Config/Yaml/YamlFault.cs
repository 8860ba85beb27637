using YamlDotNet.Core;

namespace NetGuard.Core.Config.Yaml;

/// <summary>Says what the YAML parser stumbled over.</summary>
internal static class YamlFault
{
    // What the parser's words commonly come from.
    private static readonly (string Words, string Meaning)[] Meanings =
    [
        ("found invalid mapping", "a ': ' too many, or a wrong indentation"),
        ("mapping values are not allowed", "a ': ' too many, or a wrong indentation"),
        ("quoted scalar, found unexpected", "a quote that is never closed"),
        ("unknown escape character", "a backslash between double quotes begins an escape; use single quotes"),
        ("expected ',' or ']'", "a bracket that is never closed"),
        ("expected ',' or '}'", "a brace that is never closed"),
        ("cannot start any token", "a text cannot begin with this character; put quotes around it"),
        ("a tab character", "a tab; YAML wants spaces"),
        ("did not find expected '-'", "a text behind a closing quote or bracket, or a wrong indentation"),
        ("did not find expected key", "a text behind a closing quote or bracket, or a wrong indentation"),
    ];

    /// <summary>The message for its exception.</summary>
    /// <param name="fault">What it threw.</param>
    /// <param name="line">The line on which it stopped.</param>
    public static string Message(YamlException fault, ReadOnlySpan<char> line)
    {
        var hint = IsRule(line) ? "; put quotes around a rule with ': ' or a quote at its start" : "";
        if (fault.InnerException is not null)
        {
            return "not valid YAML: the parser makes no sense of what follows here";
        }

        var words = Plain(fault.Message);
        return Meanings.FirstOrDefault(m => words.Contains(m.Words, StringComparison.Ordinal)).Meaning is { } meaning
            ? $"not valid YAML: {meaning}{(meaning.Contains("put quotes", StringComparison.Ordinal) ? "" : hint)} ({words})"
            : $"not valid YAML: {words}{hint}";
    }

    private static bool IsRule(ReadOnlySpan<char> line)
    {
        var text = line.TrimStart(" -");
        return text.StartsWith("rule:") || (line.TrimStart().StartsWith("- ") && line.IndexOf(" -") >= 0);
    }

    /// <summary>The parser's words without the place, which stands in front already, and without the full stop.</summary>
    private static string Plain(string message)
    {
        var text = message.StartsWith("(Line:", StringComparison.Ordinal) && message.IndexOf("): ", StringComparison.Ordinal) is var end and >= 0
            ? message[(end + 3)..]
            : message;
        text = text.Trim().TrimEnd('.');
        return text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }
}
