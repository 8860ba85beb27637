using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads the policy of a chain: one word for all its families, or one for each.</summary>
internal sealed class PolicyReader(FamilyScope scope, Mistakes mistakes)
{
    /// <summary>Reads what stands behind <c>policy</c>.</summary>
    public ValueList<PolicyConfig> Read(MappingEntry entry, ChainKey chain)
    {
        if (!chain.IsBuiltin)
        {
            mistakes.Add(entry.Key.At, $"{chain} cannot have a policy (only built-in chains have one: {Printed.Or(chain.Table.BuiltinChains)})");
            return [];
        }

        if (entry.Value is not MappingNode)
        {
            return Word(entry.Value, chain) is { } policy
                ? scope.Families.Select(f => new PolicyConfig(f, policy, entry.Value.At)).ToValueList()
                : [];
        }

        var policies = new List<PolicyConfig>();
        if (Section.Of(entry.Value, "policy", ConfigKeys.ByFamily, mistakes) is { } section)
        {
            foreach (var family in (Family[])[Family.Ipv4, Family.Ipv6])
            {
                if (section.Entry(family.Name()) is { } own && scope.Holds(family, own.Key.At) && Word(own.Value, chain) is { } policy)
                {
                    policies.Add(new(family, policy, own.Value.At));
                }
            }
        }

        return policies.ToValueList();
    }

    private ChainPolicy? Word(Node node, ChainKey chain)
    {
        if (!Vocabularies.Policy.TryRead(node, "policy", mistakes, out var policy))
        {
            return null;
        }

        if (policy == ChainPolicy.Drop && chain.Table == TableName.Nat)
        {
            // iptables' own refusal: "The "nat" table is not intended for filtering, the use of DROP is therefore inhibited."
            mistakes.Add(node.At, "the nat table takes no DROP (filter in another table, such as 'raw/PREROUTING' or 'FORWARD')");
            return null;
        }

        return policy;
    }
}
