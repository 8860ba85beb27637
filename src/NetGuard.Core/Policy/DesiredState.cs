using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>What the configuration means on this host's kernel.</summary>
/// <param name="Rulesets">The rules of each guarded family.</param>
/// <param name="Sysctls">The kernel settings.</param>
public sealed record DesiredState(ValueList<DesiredRuleset> Rulesets, ValueList<SysctlConfig> Sysctls)
{
    /// <summary>Puts the kernel's form in the place of each declared rule.</summary>
    /// <param name="config">What was declared.</param>
    /// <param name="canonical">The kernel's answer for each guarded family.</param>
    /// <param name="topology">What Docker has made; what is assumed where its engine has not been heard.</param>
    public static DesiredState From(GuardConfig config, IReadOnlyList<CanonicalRules> canonical, Topology? topology = null) =>
        new(canonical.Select(rules => WithDocker(config, rules, topology ?? Topology.Assumed, Ruleset(config, rules))).ToValueList(), config.Sysctls);

    /// <summary>Says which declared rules no family takes. A rule for any family is a mistake only where every family refuses it.</summary>
    public static IEnumerable<ConfigMistake> Mistakes(GuardConfig config, IReadOnlyList<CanonicalRules> canonical)
    {
        foreach (var chain in config.Chains)
        {
            foreach (var rule in chain.Rules)
            {
                var refusals = canonical.Where(c => c.Refused.ContainsKey(rule)).ToList();
                if (refusals.Count > 0 && !canonical.Any(c => c.Accepted.ContainsKey(rule)))
                {
                    // A rule with IPv6 addresses is refused in both; its own family's words say why.
                    var telling = refusals.Find(c => c.Family == Family.Ipv6 && LooksLikeIpv6(rule.Text)) ?? refusals[0];
                    yield return new(rule.At, $"{telling.Family.Tool()} refuses this rule for {chain.Key}: {telling.Refused[rule]}");
                }
            }
        }

        foreach (var mistake in config.Docker is { } docker ? canonical.SelectMany(rules => Mistakes(docker, rules)) : [])
        {
            yield return mistake;
        }
    }

    // NetGuard's own come first in the chains that others may have declared, too.
    private static DesiredRuleset WithDocker(GuardConfig config, CanonicalRules canonical, Topology topology, DesiredRuleset declared)
    {
        if (config.Docker is not { } docker || Mistakes(docker, canonical).Any())
        {
            return declared;
        }

        var chains = declared.Chains.ToList();
        foreach (var chain in DockerPolicy.Chains(docker, topology, canonical))
        {
            var i = chains.FindIndex(c => c.Key == chain.Key);
            if (i < 0)
            {
                chains.Add(chain);
            }
            else
            {
                chains[i] = chains[i] with { Top = [.. chain.Top, .. chains[i].Top] };
            }
        }

        return declared with { Chains = chains.ToValueList() };
    }

    private static IEnumerable<ConfigMistake> Mistakes(DockerConfig docker, CanonicalRules canonical) =>
        from draft in DockerShapes.Drafts(docker, canonical.Family)
        where canonical.Refused.ContainsKey(draft.Config)
        select new ConfigMistake(docker.At, $"{canonical.Family.Tool()} refuses a rule that docker: needs, \"{draft.Config.Text}\": {canonical.Refused[draft.Config]}");

    private static bool LooksLikeIpv6(string text) =>
        RuleWords.Split(text).Any(word => word.Text.Count(c => c == ':') >= 2 && word.Text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '/' or '.' or ','));

    private static DesiredRuleset Ruleset(GuardConfig config, CanonicalRules canonical)
    {
        var chains = new List<DesiredChain>();
        foreach (var chain in config.Chains.Where(c => c.Family is null || c.Family == canonical.Family))
        {
            var policy = chain.Policies.FirstOrDefault(p => p.Family == canonical.Family)?.Policy;
            var (top, bottom) = (Rules(chain, canonical, RulePosition.Top), Rules(chain, canonical, RulePosition.Bottom));

            // A chain whose every rule is for the other family is not meant for this one.
            if (policy is not null || top.Count + bottom.Count > 0 || chain.Rules.Count == 0)
            {
                chains.Add(new(chain.Key) { Policy = policy, Top = top, Bottom = bottom, Exclusive = chain.Exclusive });
            }
        }

        return new(canonical.Family, chains.ToValueList());
    }

    private static ValueList<DesiredRule> Rules(ChainConfig chain, CanonicalRules canonical, RulePosition position) =>
    [
        .. from rule in chain.Rules
           where rule.Position == position && canonical.Accepted.ContainsKey(rule)
           from form in canonical.Accepted[rule]
           select new DesiredRule(rule.Name, form, rule.At),
    ];
}
