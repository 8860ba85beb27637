using System.Text;

namespace NetGuard.Core.Config.Yaml;

/// <summary>Looks a file's text over before the YAML parser sees it, for what the parser would explain badly or choke on.</summary>
internal static class TextScan
{
    /// <summary>As much as a file may hold.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The first thing that makes the text no configuration file, or null.</summary>
    public static ConfigMistake? Fault(ConfigFile file)
    {
        var bytes = Encoding.UTF8.GetByteCount(file.Text);
        if (bytes > MaxBytes)
        {
            return new(new(file.Path, 0, 0), $"the file is {bytes} bytes long (at most 1 MiB)");
        }

        var (line, lineStart, indented) = (1, 0, true);
        for (var i = 0; i < file.Text.Length; i++)
        {
            var c = file.Text[i];
            if (c == '\n')
            {
                (line, lineStart, indented) = (line + 1, i + 1, true);
                continue;
            }

            var isLineEnd = c == '\r' && i + 1 < file.Text.Length && file.Text[i + 1] == '\n';
            var message = c switch
            {
                '\t' => indented && IsContent(file.Text, i) ? "a tab in the indentation (YAML is indented with spaces)" : null,
                '\ufffd' => "this is not UTF-8 text",
                _ when !isLineEnd && Printed.IsUnprintable(file.Text, i) => $"this is not a text file: it holds the character U+{(int)c:X4}",
                _ => null,
            };
            if (message is not null)
            {
                return new(new(file.Path, line, Printed.Characters(file.Text.AsSpan(lineStart, i - lineStart)) + 1), message);
            }

            indented &= c is ' ' or '\t';
        }

        return null;
    }

    /// <summary>Whether a line goes on with something else than blanks and a comment, which may stand behind tabs.</summary>
    private static bool IsContent(string text, int i)
    {
        while (i < text.Length && text[i] is (' ' or '\t'))
        {
            i++;
        }

        return i < text.Length && text[i] is not ('\r' or '\n' or '#');
    }
}
