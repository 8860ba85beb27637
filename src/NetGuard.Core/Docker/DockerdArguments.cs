using System.Text;

namespace NetGuard.Core.Docker;

/// <summary>What of dockerd's command line concerns NetGuard.</summary>
/// <param name="Icc"><c>--icc</c>; null where it is not said.</param>
/// <param name="ConfigFile"><c>--config-file</c>; null where it is not said.</param>
public sealed record DockerdArguments(bool? Icc, string? ConfigFile)
{
    /// <summary>Reads it as dockerd does (spf13/pflag): what is said twice counts as said last, and <c>--icc false</c> is <c>--icc</c> and an argument that dockerd does not take.</summary>
    /// <param name="commandLine">The words, each with a zero byte behind it: /proc/PID/cmdline.</param>
    /// <returns>Null where this is not dockerd.</returns>
    public static DockerdArguments? Read(ReadOnlySpan<byte> commandLine)
    {
        var words = Encoding.UTF8.GetString(commandLine is [.. var but, 0] ? but : commandLine).Split('\0');
        // Distributions have called it dockerd-ce and dockerd-current. What else may listen there (podman, a proxy) takes other options.
        if (!words[0][(words[0].LastIndexOf('/') + 1)..].StartsWith("dockerd", StringComparison.Ordinal))
        {
            return null;
        }

        var said = new DockerdArguments(null, null);
        for (var i = 1; i < words.Length && words[i] != "--"; i++)
        {
            var (name, value) = words[i].Split('=', 2) is [var left, var right] ? (left, right) : (words[i], null);
            said = name switch
            {
                "--icc" when Bool(value ?? "true") is { } icc => said with { Icc = icc },
                "--config-file" when value is not null => said with { ConfigFile = value },
                "--config-file" when i + 1 < words.Length => said with { ConfigFile = words[++i] },
                _ => said,
            };
        }

        return said;
    }

    // Go's strconv.ParseBool.
    private static bool? Bool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
