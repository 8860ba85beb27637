using System.Globalization;
using System.Text;
using NetGuard.Core.Config.Rules;
using NetGuard.Core.State;

namespace NetGuard.Core.Export;

/// <summary>Writes a snapshot as a configuration under which nothing differs.</summary>
public static class SnapshotYaml
{
    /// <summary>Writes it.</summary>
    /// <param name="backend">The variant of iptables that was read.</param>
    /// <param name="scope">The chains.</param>
    /// <param name="sysctls">The forwarding switches and their values.</param>
    public static string Write(Backend backend, SnapshotScope scope, IReadOnlyDictionary<SysctlKey, string> sysctls)
    {
        var text = new StringBuilder("# What netguard snapshot found. Under this configuration nothing differs.\n");
        foreach (var unreadable in scope.Unreadable)
        {
            text.Append("# left out, ").Append(OneLine(unreadable)).Append('\n');
        }

        text.Append("mode: enforce\nbackend: ").Append(backend.Name())
            .Append("\nfamilies: [").AppendJoin(", ", scope.Families.Select(family => family.Name())).Append("]\n");
        WriteForwarding(text, sysctls);
        WriteChains(text, scope);
        return text.ToString();
    }

    private static void WriteForwarding(StringBuilder text, IReadOnlyDictionary<SysctlKey, string> sysctls)
    {
        var switches = new[] { ("ipv4", SysctlKey.Ipv4Forwarding), ("ipv6", SysctlKey.Ipv6Forwarding) }
            .Where(s => sysctls.ContainsKey(s.Item2)).ToList();
        if (switches.Count > 0)
        {
            text.Append("\nforwarding:\n");
        }

        foreach (var (name, key) in switches)
        {
            // IPv6 knows a third value, which forwards and still takes router advertisements.
            text.Append("  ").Append(name).Append(": ").Append(sysctls[key] switch { "0" => "off", "1" => "on", _ => "unmanaged" }).Append('\n');
        }
    }

    private static void WriteChains(StringBuilder text, SnapshotScope scope)
    {
        text.Append(scope.Chains.Count > 0 ? "\nchains:\n" : "");
        foreach (var chain in scope.Chains)
        {
            var families = chain.Families.Where(f => chain.Key != ChainKey.DockerUser || !scope.Unreached.Contains(f.Family)).ToList();
            foreach (var (family, _) in chain.Families.Except(families))
            {
                text.Append("  # ").Append(chain.Key).Append(" has rules in ").Append(family.Name())
                    .Append(" that no packet gets to in time. Declare them, and NetGuard will see to it that FORWARD jumps there.\n");
            }

            if (families.Count > 0)
            {
                WriteChain(text, chain.Key, families, scope.Families.Count);
            }
        }
    }

    private static void WriteChain(StringBuilder text, ChainKey key, List<(Family Family, Chain Chain)> families, int guarded)
    {
        text.Append("  ").Append(Scalar(key.ToString())).Append(':');
        var single = families.Count < guarded ? families[0].Family : (Family?)null;
        var lists = families.Select(f => (f.Family, Rules: Lines(key, f).ToList())).ToList();
        var same = single is null && lists.TrueForAll(list => list.Rules.SequenceEqual(lists[0].Rules));
        var policies = families.Where(f => f.Chain.Policy is not null).ToList();
        if (policies.Count == 0 && single is null && lists.TrueForAll(list => list.Rules.Count == 0))
        {
            text.Append(" {}\n");
            return;
        }

        text.Append('\n');
        if (single is { } only)
        {
            text.Append("    family: ").Append(only.Name()).Append('\n');
        }

        if (policies.Count > 0)
        {
            text.Append("    policy: ").Append(policies.TrueForAll(p => p.Chain.Policy == policies[0].Chain.Policy)
                ? policies[0].Chain.Policy!.Value.Name()
                : $"{{ {string.Join(", ", policies.Select(p => $"{p.Family.Name()}: {p.Chain.Policy!.Value.Name()}"))} }}").Append('\n');
        }

        if (lists.Exists(list => list.Rules.Count > 0))
        {
            text.Append("    rules:\n");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (family, rules) in same ? [lists[0]] : lists)
        {
            foreach (var line in rules)
            {
                WriteRule(text, line, same || single is not null ? null : family, names);
            }
        }
    }

    private static void WriteRule(StringBuilder text, Line line, Family? family, HashSet<string> names)
    {
        if (!line.Declared)
        {
            text.Append("      # left out, since it cannot be declared: ").Append(line.Body.Length > 0 ? OneLine(line.Body) : "a rule without match and target").Append('\n');
            return;
        }

        var name = line.Owner is { } owner && !owner.StartsWith("r-", StringComparison.Ordinal) && !owner.StartsWith("reach-", StringComparison.Ordinal)
            && names.Add(owner) ? owner : null;
        if (name is null && family is null && !line.Bottom)
        {
            text.Append("      - ").Append(Quoted(line.Body)).Append('\n');
            return;
        }

        text.Append("      - { ");
        if (name is not null)
        {
            text.Append("name: ").Append(Scalar(name)).Append(", ");
        }

        text.Append("rule: ").Append(Quoted(line.Body))
            .Append(line.Bottom ? ", position: bottom" : "")
            .Append(family is { } only ? $", family: {only.Name()}" : "").Append(" }\n");
    }

    // A rule that cannot be declared stays a stranger's. What stands behind it is declared for the chain's end, so that all keep their places.
    private static IEnumerable<Line> Lines(ChainKey key, (Family Family, Chain Chain) of)
    {
        var (family, chain) = of;
        var declared = chain.Rules.Select(rule => RuleSyntax.Check(rule.Body, key, family).Faults.Count == 0).ToArray();
        var (first, last) = (Array.IndexOf(declared, false), Array.LastIndexOf(declared, false));
        return chain.Rules.Select((rule, i) => new Line(rule.Body, rule.Owner, first < 0 || i < first || i > last, first >= 0 && i > last));
    }

    private static string Scalar(string text) =>
        char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && text is not ("on" or "off" or "yes" or "no" or "true" or "false" or "null")
            ? text : Quoted(text);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    // As the journal's: Journal/OneLine.cs.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : c));

    private sealed record Line(string Body, string? Owner, bool Declared, bool Bottom);
}
