using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>A line of a sysctl.d file: <c>key = value</c>, <c>-key = value</c> (a failure does not matter), or <c>-key</c>
/// alone, which keeps wildcards off the key.</summary>
/// <param name="Key">The key, perhaps with wildcards.</param>
/// <param name="Value">The value; null for a line that only keeps wildcards off.</param>
internal readonly record struct SysctlLine(SysctlKey Key, string? Value)
{
    /// <summary>Reads a line as systemd-sysctl does (parse_file in sysctl.c); null for comments, for what is no assignment and
    /// for settings outside <c>net.</c></summary>
    public static SysctlLine? Parse(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        if (line is [] or ['#' or ';', ..])
        {
            return null;
        }

        var equals = line.IndexOf('=');
        var isMarked = line[0] == '-';
        if (equals < 0 && !isMarked)
        {
            return null;
        }

        var name = (equals < 0 ? line : line[..equals])[(isMarked && equals != 0 ? 1 : 0)..].Trim().TrimStart('/').ToString();
        return SysctlKey.Fault(name) is null
            ? new(SysctlKey.Parse(name), equals < 0 ? null : line[(equals + 1)..].Trim().ToString())
            : null;
    }
}
