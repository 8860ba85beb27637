using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Reads <c>chains</c>.</summary>
internal sealed class ChainReader(FamilyScope guarded, Mistakes mistakes)
{
    /// <summary>Reads the section.</summary>
    public ValueList<ChainConfig> Read(Node node) =>
        Expect.Mapping(node, "chains", mistakes) is { } mapping
            ? mapping.Entries.Select(Chain).OfType<ChainConfig>().ToValueList()
            : [];

    private ChainConfig? Chain(MappingEntry entry)
    {
        var fault = ChainKeyText.Read(entry.Key.Text, out var key);
        if (fault is not null)
        {
            mistakes.Add(entry.Key.At, fault);
        }

        var chain = new ChainConfig(key, entry.Key.At);
        if (entry.Value.IsNull)
        {
            return chain;
        }

        // The content of a chain whose key is wrong is not looked at: what it may hold depends on the key.
        return fault is null && Section.Of(entry.Value, key.ToString(), ConfigKeys.Chain, mistakes) is { } section ? Content(chain, section) : null;
    }

    private ChainConfig Content(ChainConfig chain, Section section)
    {
        var scope = guarded;
        Family? only = null;
        if (section["family"] is { } family && Vocabularies.Family.TryRead(family, "family", mistakes, out var own) && guarded.Holds(own, family.At))
        {
            (only, scope) = (own, guarded.Only(own, family.At));
        }

        return chain with
        {
            Family = only,
            Policies = section.Entry("policy") is { } policy ? new PolicyReader(scope, mistakes).Read(policy, chain.Key) : [],
            Exclusive = Exclusive(section),
            Rules = Rules(section, new(chain.Key, only, scope, mistakes)),
        };
    }

    private bool Exclusive(Section section)
    {
        if (section.Entry("exclusive") is not { } entry || !Vocabularies.Truth.TryRead(entry.Value, "exclusive", mistakes, out var exclusive))
        {
            return false;
        }

        if (exclusive && section["rules"] is null)
        {
            // Forgetting the rules would delete every rule of the chain.
            mistakes.Add(entry.Key.At, "an exclusive chain without 'rules' (write 'rules: []' if it shall have none at all)");
        }

        return exclusive;
    }

    private ValueList<RuleConfig> Rules(Section section, RuleReader reader) =>
        section["rules"] is { } rules && Expect.List(rules, "rules", mistakes, "a list; [] for none") is { } list
            ? list.Items.Select(reader.Read).OfType<RuleConfig>().ToValueList()
            : [];
}
