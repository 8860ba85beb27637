using System.Globalization;
using System.Text;

namespace NetGuard.Core.Journal;

/// <summary>Text for a log or a terminal.</summary>
public static class OneLine
{
    /// <summary>
    /// Makes question marks of control characters, line separators, and what reorders text. Names of chains, files and processes are other
    /// people's: they must not make a line of their own, steer a terminal, or read otherwise than they are.
    /// </summary>
    public static string Of(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                clean.Append('?');
            }
            else
            {
                clean.Append(rune); // What is no character at all has become U+FFFD.
            }
        }

        return clean.ToString();
    }
}
