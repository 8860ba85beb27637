using System.Globalization;

namespace NetGuard.Core.Config;

/// <summary>Reads a length of time such as <c>60s</c> or <c>1m30s</c>.</summary>
public static class Duration
{
    private const string Expected = "not a duration (expected one such as 60s, 5m, 1h or 1m30s)";

    private static readonly (string Name, double Milliseconds)[] Units = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>The shortest interval: a check costs some milliseconds.</summary>
    public static TimeSpan Min { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest interval.</summary>
    public static TimeSpan Max { get; } = TimeSpan.FromHours(24);

    /// <summary>What is wrong with a text, or null.</summary>
    public static string? Read(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return $"without a unit (did you mean {Printed.Line(text)}s)";
        }

        var (milliseconds, lastUnit, i) = (0.0, -1, 0);
        while (i < text.Length)
        {
            var digits = Run(text, i, char.IsAsciiDigit);
            var letters = Run(text, i + digits, char.IsAsciiLetter);
            var unit = Array.FindIndex(Units, u => text.AsSpan(i + digits, letters).SequenceEqual(u.Name));
            if (digits is 0 or > 9 || unit <= lastUnit)
            {
                return Expected;
            }

            milliseconds += int.Parse(text.AsSpan(i, digits), NumberStyles.None, CultureInfo.InvariantCulture) * Units[unit].Milliseconds;
            (lastUnit, i) = (unit, i + digits + letters);
        }

        return milliseconds switch
        {
            _ when lastUnit < 0 => Expected,
            _ when milliseconds < Min.TotalMilliseconds => "too short (expected at least 1s)",
            _ when milliseconds > Max.TotalMilliseconds => "too long (expected at most 24h)",
            _ => Fine(milliseconds, out duration),
        };
    }

    private static string? Fine(double milliseconds, out TimeSpan duration)
    {
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return null;
    }

    private static int Run(string text, int start, Func<char, bool> isPart)
    {
        var end = start;
        while (end < text.Length && isPart(text[end]))
        {
            end++;
        }

        return end - start;
    }
}
