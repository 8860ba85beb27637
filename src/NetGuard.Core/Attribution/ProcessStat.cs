using System.Buffers.Text;

namespace NetGuard.Core.Attribution;

/// <summary>The few fields of /proc/PID/stat that matter here: proc_pid_stat(5).</summary>
/// <param name="Parent">The parent's pid.</param>
/// <param name="StartTicks">When it started: ticks of 1/100 s since boot.</param>
public readonly record struct ProcessStat(int Parent, long StartTicks)
{
    /// <summary>The command name's bytes: between the first parenthesis and the last, since it may hold some itself.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> stat) =>
        stat.IndexOf((byte)'(') is >= 0 and var start && stat.LastIndexOf((byte)')') is var end && end > start ? stat[(start + 1)..end] : default;

    /// <summary>Reads it; false where it is cut or not such a text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> stat, out ProcessStat parsed)
    {
        parsed = default;
        var end = stat.LastIndexOf((byte)')');
        if (end < 0)
        {
            return false;
        }

        // Fields are counted from 1; the name is 2.
        var rest = stat[(end + 1)..];
        var parent = 0;
        for (var field = 3; field <= 22; field++)
        {
            var from = rest.IndexOfAnyExcept((byte)' ');
            if (from < 0)
            {
                return false;
            }

            rest = rest[from..];
            var length = rest.IndexOf((byte)' ') is >= 0 and var space ? space : rest.Length;
            switch (field)
            {
                case 4 when !Utf8Parser.TryParse(rest[..length], out parent, out _):
                    return false;
                case 22:
                    var isNumber = Utf8Parser.TryParse(rest[..length], out long start, out _);
                    parsed = new(parent, start);
                    return isNumber;
            }

            rest = rest[length..];
        }

        return false;
    }
}
