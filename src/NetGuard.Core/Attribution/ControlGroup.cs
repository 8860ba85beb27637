using System.Text;

namespace NetGuard.Core.Attribution;

/// <summary>The systemd unit that a process belongs to, out of /proc/PID/cgroup: cgroups(7).</summary>
public static class ControlGroup
{
    private const int ShortId = 12;

    /// <summary>The innermost service or scope; null where there is none. A container's scope is cut as docker ps cuts its id.</summary>
    public static string? Unit(ReadOnlySpan<byte> cgroup)
    {
        var text = Encoding.UTF8.GetString(cgroup);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))
        {
            // Version 2 has "0::PATH"; version 1 has systemd's own hierarchy beside the others.
            var fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[1] is "" or "name=systemd"
                && fields[2].Split('/').LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal) || part.EndsWith(".scope", StringComparison.Ordinal)) is { } unit)
            {
                return Shortened(unit);
            }
        }

        return null;
    }

    private static string Shortened(string unit)
    {
        var dash = unit.LastIndexOf('-') + 1;
        var dot = unit.LastIndexOf('.');
        return dot - dash == 64 && unit[dash..dot].All(char.IsAsciiHexDigit) ? $"{unit[..(dash + ShortId)]}{unit[dot..]}" : unit;
    }
}
