using System.Buffers;
using System.Text;

namespace NetGuard.Core.State;

/// <summary>One argument of a rule.</summary>
/// <param name="Text">The argument with quotes and escapes undone.</param>
/// <param name="Start">Where it begins in the text, quotes included.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Quoted">Whether any of it stood in quotes.</param>
public readonly record struct RuleWord(string Text, int Start, int End, bool Quoted);

/// <summary>Splits a rule's text into its arguments, and puts them together again.</summary>
public static class RuleWords
{
    private static readonly SearchValues<char> EndsPlain = SearchValues.Create(" \t\"'");

    /// <summary>Splits as iptables-save writes: blanks separate, double quotes hold together, a backslash escapes inside them.</summary>
    /// <remarks>
    /// The reverse of xtables_save_string (iptables, libxtables/xtables.c). Single quotes hold together too: an administrator who
    /// pastes from a shell means them so, and iptables-save never prints one outside double quotes.
    /// </remarks>
    /// <exception cref="OpenQuoteException">A quote is left open.</exception>
    public static List<RuleWord> Split(string text)
    {
        var words = new List<RuleWord>();
        var word = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] is ' ' or '\t')
            {
                i++;
                continue;
            }

            // Hardly any word has a quote in it.
            var (start, quoted) = (i, false);
            var plain = text.AsSpan(i).IndexOfAny(EndsPlain);
            if (plain < 0 || text[i + plain] is ' ' or '\t')
            {
                i = plain < 0 ? text.Length : i + plain;
                words.Add(new(text[start..i], start, i, quoted));
                continue;
            }

            word.Clear();
            for (; i < text.Length && text[i] is not (' ' or '\t'); i++)
            {
                if (text[i] is not ('"' or '\''))
                {
                    word.Append(text[i]);
                    continue;
                }

                quoted = true;
                i = Quote(text, i, word);
            }

            words.Add(new(word.ToString(), start, i, quoted));
        }

        return words;
    }

    /// <summary>Writes one argument so that iptables-restore reads it back as it is.</summary>
    public static string Join(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:,!@%+=[]#*?<>|&~^{}$;`()".Contains(c, StringComparison.Ordinal))
            ? word
            : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Writes the arguments of one rule.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Join));

    private static int Quote(string text, int open, StringBuilder word)
    {
        for (var i = open + 1; i < text.Length; i++)
        {
            if (text[i] == text[open])
            {
                return i;
            }

            if (text[i] == '\\' && text[open] == '"' && i + 1 < text.Length)
            {
                i++;
            }

            word.Append(text[i]);
        }

        throw new OpenQuoteException(open);
    }
}
