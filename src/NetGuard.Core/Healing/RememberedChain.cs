using NetGuard.Core.State;

namespace NetGuard.Core.Healing;

/// <summary>A rule as it was last seen good.</summary>
/// <param name="Rule">The rule as iptables-save printed it.</param>
/// <param name="Body">What it is put back as and told by: its bytes in nf_tables; in x_tables its text.</param>
/// <param name="Claim">What it is about; null where it is a stranger's: that is only a neighbour, never put back.</param>
public sealed record RememberedRule(Rule Rule, ReadOnlyMemory<byte> Body, DockerClaim? Claim);

/// <summary>A chain with rules of Docker's, as it was last seen good.</summary>
/// <param name="Key">The chain.</param>
/// <param name="Policy">Its policy, where the kernel calls it.</param>
/// <param name="Rules">All of its rules, in order.</param>
public sealed record RememberedChain(ChainKey Key, ChainPolicy? Policy, ValueList<RememberedRule> Rules)
{
    /// <summary>How many of its rules are Docker's.</summary>
    public int Dockers => Rules.Count(rule => rule.Claim is not null);

    /// <summary>Picks out what Docker has made.</summary>
    /// <param name="read">The tables.</param>
    /// <param name="body">How a rule is told and put back.</param>
    public static ValueList<RememberedChain> Of(Ruleset read, Func<ChainKey, int, Rule, ReadOnlyMemory<byte>> body)
    {
        var chains = new List<RememberedChain>();
        foreach (var key in DockersRules.Chains)
        {
            if (read.Tables.Any(table => table.Name == key.Table) && read.Find(key) is { } chain)
            {
                var rules = chain.Rules.Select((rule, i) => new RememberedRule(rule, body(key, i, rule), DockersRules.Recognise(key, rule))).ToList();

                // Docker puts its RETURN behind what is the administrator's. Anywhere else it is not Docker's.
                if (key == ChainKey.DockerUser)
                {
                    rules = [.. rules.Select((rule, i) => i == rules.Count - 1 ? rule : rule with { Claim = null })];
                }

                if (!key.IsBuiltin || rules.Exists(rule => rule.Claim is not null))
                {
                    chains.Add(new(key, chain.Policy, [.. rules]));
                }
            }
        }

        return [.. chains];
    }
}
