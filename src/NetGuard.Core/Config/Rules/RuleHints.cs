using NetGuard.Core.State;

namespace NetGuard.Core.Config.Rules;

/// <summary>Says what to write instead of an option that has no place in a rule.</summary>
internal static class RuleHints
{
    /// <summary>The message.</summary>
    /// <param name="written">The option as it was written.</param>
    /// <param name="option">Its short form.</param>
    /// <param name="values">The words behind it.</param>
    /// <param name="chain">The chain that the rule is for.</param>
    public static string NotInARule(string written, string option, IReadOnlyList<string> values, ChainKey chain)
    {
        var whole = Printed.Quoted(string.Join(' ', values.Prepend(written)));
        var hint = option switch
        {
            "-A" => $"leave out {whole}; the chain is the key",
            "-I" => $"leave out {whole}; the chain is the key, and rules stand at its top in the order of the file",
            "-R" or "-D" or "-C" => $"leave out {whole}; a rule is only what it matches and its target",
            "-N" => "leave it out; a chain is made by being declared",
            "-P" => "leave it out; write 'policy: DROP' under the chain",
            "-t" when values.Count > 0 => $"write the table into the key: '{values[0]}/{chain.Chain}'",
            "-t" => "write the table into the key: 'nat/PREROUTING'",
            "-4" => "write 'family: ipv4'",
            "-6" => "write 'family: ipv6'",
            _ => "leave it out",
        };
        var kind = RuleOptions.Commands.ContainsKey(option) ? "a command of iptables" : "an option of the tool";
        return $"{Printed.Quoted(written)} is {kind}, not part of a rule ({hint})";
    }
}
