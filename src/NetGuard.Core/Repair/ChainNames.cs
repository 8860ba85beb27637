using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Repair;

/// <summary>The names that somebody has given chains in the meantime (<c>iptables -E</c>): their rules, and the jumps to them, go along.</summary>
internal sealed class ChainNames
{
    private readonly Dictionary<ChainKey, ChainName> _names = [];

    /// <summary>Whether all are called as they were.</summary>
    public bool IsEmpty => _names.Count == 0;

    /// <summary>Finds the chains that are gone and whose rules of NetGuard's stand in one that is new.</summary>
    /// <param name="then">What was there.</param>
    /// <param name="now">What is there.</param>
    public static ChainNames Between(Ruleset then, Ruleset now)
    {
        var names = new ChainNames();
        var come = now.Chains.Where(chain => !chain.Key.IsBuiltin && then.Find(chain.Key) is null).ToList();
        foreach (var (key, chain) in then.Chains.Where(chain => !chain.Key.IsBuiltin && come.Count > 0 && now.Find(chain.Key) is null))
        {
            var alike = come.Where(other => other.Key.Table == key.Table)
                .Select(other => (Chain: other, Alike: Alike(chain.Rules, other.Value.Rules))).Where(other => other.Alike > 0).ToList();
            if (alike.Count > 0)
            {
                var found = alike.MaxBy(other => other.Alike).Chain;
                names._names[key] = found.Key.Chain;
                come.Remove(found);
            }
        }

        return names;
    }

    /// <summary>What a chain is called now.</summary>
    public ChainKey Of(ChainKey key) => _names.TryGetValue(key, out var name) ? key with { Chain = name } : key;

    /// <summary>The same tables, with the names that are in use now.</summary>
    public Ruleset In(Ruleset ruleset) => ruleset with
    {
        Tables = [.. ruleset.Tables.Select(table => table with
        {
            Chains = [.. table.Chains.Select(chain => chain with
            {
                Name = Of(new(table.Name, chain.Name)).Chain,
                Rules = [.. chain.Rules.Select(rule => Of(table.Name, rule))],
            })],
        })],
    };

    // iptables-save prints the jump to a chain at the end.
    private Rule Of(TableName table, Rule rule)
    {
        if (rule.Target is not { } target || !Targets.IsChain(target) || ChainName.Fault(target) is not null || !_names.TryGetValue(new(table, new(target)), out var name))
        {
            return rule;
        }

        var jump = $"{(rule.IsGoto ? "-g" : "-j")} {target}";
        return rule.Text.EndsWith(jump, StringComparison.Ordinal) ? new($"{rule.Text[..^target.Length]}{name}") { Counters = rule.Counters } : rule;
    }

    private static int Alike(ValueList<Rule> then, ValueList<Rule> now)
    {
        var pairs = RulePairs.Of(then, now);
        return Enumerable.Range(0, then.Count).Count(i => pairs[i] >= 0 && then[i].IsOwned);
    }
}
