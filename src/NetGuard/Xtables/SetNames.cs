using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Xtables;

/// <summary>The ipsets that a rule names.</summary>
internal static class SetNames
{
    // IPSET_MAXNAMELEN (32) less the closing zero: linux/netfilter/ipset/ip_set.h.
    private const int MaxBytes = 31;

    public static bool IsOption(string word) => word is "--match-set" or "--add-set" or "--del-set" or "--map-set";

    public static IEnumerable<string> Of(string rule)
    {
        var words = RuleWords.Split(rule);
        for (var i = 0; i + 1 < words.Count; i++)
        {
            if (IsOption(words[i].Text))
            {
                yield return words[i + 1].Text;
            }
        }
    }

    /// <summary>The family of each set, from what <c>ipset list -terse</c> prints; null for a set of ports or of sets, which is for both.</summary>
    public static Dictionary<string, Family?> FamiliesIn(string listing)
    {
        var (families, name) = (new Dictionary<string, Family?>(StringComparer.Ordinal), "");
        foreach (var line in listing.Split('\n'))
        {
            if (line.StartsWith("Name: ", StringComparison.Ordinal))
            {
                name = line["Name: ".Length..];
                families[name] = null;
            }
            else if (line.StartsWith("Header: family inet", StringComparison.Ordinal))
            {
                families[name] = line.StartsWith("Header: family inet6", StringComparison.Ordinal) ? Family.Ipv6 : Family.Ipv4;
            }
            else if (line.StartsWith("Type: bitmap:ip", StringComparison.Ordinal))
            {
                families[name] = Family.Ipv4;
            }
        }

        return families;
    }

    public static string? Fault(string name) =>
        name.Length is 0 || Encoding.UTF8.GetByteCount(name) > MaxBytes || name[0] == '-' || name.Any(c => c <= ' ' || c == '\u007f' || c == '"')
            ? $"no ipset can be called \"{name}\""
            : null;
}
