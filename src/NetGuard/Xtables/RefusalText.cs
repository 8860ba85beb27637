using System.Text.RegularExpressions;
using NetGuard.Core.Policy;

namespace NetGuard.Xtables;

/// <summary>Why a declared rule is refused, for somebody who reads a configuration and has called no tool.</summary>
internal static partial class RefusalText
{
    // From the man page iptables-extensions(8): targets that only some tables take.
    private static readonly Dictionary<string, string> Places = new(StringComparer.Ordinal)
    {
        ["DNAT"] = "nat/PREROUTING and nat/OUTPUT",
        ["REDIRECT"] = "nat/PREROUTING and nat/OUTPUT",
        ["SNAT"] = "nat/POSTROUTING and nat/INPUT",
        ["MASQUERADE"] = "nat/POSTROUTING",
        ["NOTRACK"] = "the table raw",
        ["CT"] = "the table raw",
        ["TPROXY"] = "mangle/PREROUTING",
        ["TTL"] = "the table mangle",
        ["HL"] = "the table mangle",
        ["DSCP"] = "the table mangle",
        ["TOS"] = "the table mangle",
        ["ECN"] = "the table mangle",
        ["REJECT"] = "the table filter",
    };

    /// <summary>The reason without the tool's name. Where the kernel itself refused, the tools have nothing but an error number to say.</summary>
    /// <param name="draft">The rule.</param>
    /// <param name="message">The tool's words behind its name.</param>
    public static string Of(RuleDraft draft, string message)
    {
        var words = message[(message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        if (FromTheKernel().Match(words) is not { Success: true } match)
        {
            return words;
        }

        var reason = match.Groups[1].Success ? $"the kernel does not take it: {match.Groups[1].Value}" : "the kernel does not take it";
        return draft.Target is { } target && Places.GetValueOrDefault(target) is { } place
            ? $"{reason} ({target} belongs into {place})"
            : $"{reason} (a match or target that has no place in this table or chain)";
    }

    [GeneratedRegex(@"^(?:RULE_APPEND failed \(([^)]*)\).*|line \d+ failed)$")]
    private static partial Regex FromTheKernel();
}
