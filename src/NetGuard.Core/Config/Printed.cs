using System.Globalization;
using System.Text;

namespace NetGuard.Core.Config;

/// <summary>How a piece of the file is shown in a mistake: on one line, and without anything that a terminal would obey.</summary>
internal static class Printed
{
    private const int MaxShown = 60;

    /// <summary>The text in single quotes, cut where it is long.</summary>
    public static string Quoted(string text) =>
        text.Length <= MaxShown ? $"'{Line(text)}'" : $"'{Line(text[..MaxShown])}...'";

    /// <summary>The text with unprintable characters escaped as <c>\u0007</c>.</summary>
    public static string Line(string text)
    {
        if (Unprintable(text) < 0)
        {
            return text;
        }

        var line = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsUnprintable(text, i))
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                line.Append(text[i]);
            }
        }

        return line.ToString();
    }

    /// <summary><c>a, b or c</c>.</summary>
    public static string Or(IReadOnlyList<string> words) => words.Count switch
    {
        0 => "",
        1 => words[0],
        _ => $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}",
    };

    /// <summary>The index of the first control character, line separator or half of a surrogate pair; -1 where all can be printed.</summary>
    public static int Unprintable(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsUnprintable(text, i))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether the character at an index is one of those.</summary>
    public static bool IsUnprintable(ReadOnlySpan<char> text, int i) => text[i] switch
    {
        < ' ' or (>= '\u007f' and <= '\u009f') or '\u2028' or '\u2029' => true,
        >= '\ud800' and <= '\udbff' => i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]),
        >= '\udc00' and <= '\udfff' => i == 0 || !char.IsHighSurrogate(text[i - 1]),
        _ => false,
    };

    /// <summary>How many characters a person sees as columns: a surrogate pair is one.</summary>
    public static int Characters(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        foreach (var c in text)
        {
            pairs += char.IsLowSurrogate(c) ? 1 : 0;
        }

        return text.Length - pairs;
    }
}
