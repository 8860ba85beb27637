using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>Keeps once what is declared and is there: a rule's text and its parts are most of what it costs.</summary>
public static class SharedRules
{
    /// <summary>The same reading, with each declared rule in the place of the one that was read.</summary>
    public static Ruleset In(Ruleset read, DesiredRuleset desired)
    {
        var chains = desired.Chains.ToDictionary(chain => chain.Key);
        return new(read.Family, [.. read.Tables.Select(table => table with { Chains = [.. table.Chains.Select(chain => In(chain, chains.GetValueOrDefault(new(table.Name, chain.Name))))] })])
        {
            Unreadable = read.Unreadable,
            UnreadableChains = read.UnreadableChains,
            Dormant = read.Dormant,
        };
    }

    /// <summary>The same for one chain; as it was where nothing is declared for it.</summary>
    public static Chain In(Chain read, DesiredChain? desired)
    {
        if (desired is null)
        {
            return read;
        }

        var declared = new Dictionary<string, Rule>(StringComparer.Ordinal);
        foreach (var rule in desired.Top.Concat(desired.Bottom))
        {
            declared[rule.Rule.Text] = rule.Rule;
        }

        return read with { Rules = [.. read.Rules.Select(rule => declared.GetValueOrDefault(rule.Text, rule))] };
    }
}
