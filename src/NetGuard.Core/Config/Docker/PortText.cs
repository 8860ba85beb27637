using System.Globalization;

namespace NetGuard.Core.Config.Docker;

/// <summary>Reads a port: <c>80</c>, <c>80/tcp</c>, <c>8000-8010/udp</c>.</summary>
internal static class PortText
{
    private static readonly string[] Names = [.. Enum.GetValues<Transport>().Select(t => t.Name())];

    /// <summary>What is wrong with it, or null.</summary>
    public static string? Read(string text, out PortConfig port)
    {
        port = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (numbers, name) = slash < 0 ? (text, "tcp") : (text[..slash], text[(slash + 1)..]);
        var transport = Array.IndexOf(Names, name);
        if (transport < 0)
        {
            return $"{Printed.Quoted(text)} has no transport that Docker publishes (expected {Printed.Or(Names)}, as in '80/tcp')";
        }

        var parts = numbers.Split('-');
        if (parts.Length > 2 || !TryNumber(parts[0], out var first) || !TryNumber(parts[^1], out var last))
        {
            return numbers.Contains(':', StringComparison.Ordinal)
                ? $"{Printed.Quoted(text)} is no port (expected one port: the host's under 'published', the container's in a link)"
                : $"{Printed.Quoted(text)} is no port (expected 1 to 65535, as in '80/tcp' or '8000-8010/tcp')";
        }

        if (first > last)
        {
            return $"{Printed.Quoted(text)} ends before it begins (did you mean '{last}-{first}/{name}')";
        }

        port = new(first, last, (Transport)transport);
        return null;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is >= 1 and <= 65535 && text.Length <= 5;
}
