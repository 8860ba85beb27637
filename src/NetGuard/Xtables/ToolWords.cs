using System.Globalization;
using System.Text.RegularExpressions;
using NetGuard.Core.Journal;
using NetGuard.Core.Ports;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>Reads what the iptables tools say when they fail.</summary>
internal static partial class ToolWords
{
    /// <summary>What the tools end with when another program holds the lock: RESOURCE_PROBLEM in xtables.h.</summary>
    private const int ResourceProblem = 4;

    private const string NoIpsetSocket = "Can't open socket to ipset."; // get_version in extensions/libxt_set.h: a raw socket.

    private const string DropIn = "/usr/share/netguard/netguard.service.d/iptables-legacy.conf gives it to the service, and says how";

    /// <summary>The failure as an exception: one line, with the line of the input where one is named.</summary>
    public static XtablesException Failure(Command command, CommandResult result)
    {
        var line = LineNumber().Match(result.Error);
        return new(
            $"{command.Name}: {Words(result)}",
            line.Success ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : null)
        {
            IsTransient = result.ExitCode == ResourceProblem && result.Error.Contains("lock", StringComparison.OrdinalIgnoreCase),
        };
    }

    /// <summary>The words that say what is wrong, without the tool's name, its advice to read its help, and line breaks.</summary>
    public static string Words(CommandResult result)
    {
        var lines = result.Error.Split('\n')
            .Select(line => Noise().Replace(line, "").Trim())
            .Where(line => line.Length > 0)
            .Distinct();
        var words = Printable(string.Join("; ", lines)).Replace(NoIpsetSocket, $"{NoIpsetSocket} (CAP_NET_RAW is missing: the set match takes it, even to be shown; {DropIn})", StringComparison.Ordinal);
        if (!Capabilities.Has(Capabilities.NetRaw))
        {
            words = NoRawSocket().Replace(words, $"$0 (CAP_NET_RAW is missing: iptables-legacy takes it; {DropIn})");
        }

        return words.Length > 0 ? words : string.Create(CultureInfo.InvariantCulture, $"ended with {result.ExitCode} and said nothing");
    }

    private static string Printable(string text) => OneLine.Of(text);

    // The way of iptables-legacy to the kernel is a raw socket.
    [GeneratedRegex(@"Cannot initialize: (Permission denied \(you must be root\)|Address family not supported by protocol)")]
    private static partial Regex NoRawSocket();

    [GeneratedRegex(@"\bline:? (\d+)")]
    private static partial Regex LineNumber();

    [GeneratedRegex(@"^Try `.*|^Error occurred at line: \d+|^ip6?tables(-nft|-legacy)?(-restore|-save)?( v[\d.]+( \(\w+\))?)?: |^line \d+: |^# Warning: .*tables present.*|^Perhaps ip6?tables or your kernel needs to be upgraded\.")]
    private static partial Regex Noise();
}
