using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>A declared rule on its way to the kernel's form.</summary>
/// <param name="Chain">The chain it is for.</param>
/// <param name="Config">What was declared.</param>
public sealed record RuleDraft(ChainKey Chain, RuleConfig Config)
{
    /// <summary>The text with NetGuard's tag, as it goes behind <c>-A CHAIN</c>.</summary>
    public string TaggedText => $"{Config.Text} -m comment --comment \"{Rule.TagPrefix}{Config.Name}\"";

    /// <summary>The target or chain that the rule jumps or goes to, as it was written; null where there is none.</summary>
    public string? Target
    {
        get
        {
            var words = RuleWords.Split(Config.Text);
            var jump = words.FindIndex(word => word.Text is "-j" or "-g" or "--jump" or "--goto");
            return jump >= 0 && jump + 1 < words.Count ? words[jump + 1].Text : null;
        }
    }

    /// <summary>The rules that a family is to have, if the kernel takes them in it.</summary>
    public static IEnumerable<RuleDraft> For(GuardConfig config, Family family) =>
        (from chain in config.Chains
         where chain.Family is null || chain.Family == family
         from rule in chain.Rules
         where rule.Family is null || rule.Family == family
         select new RuleDraft(chain.Key, rule)).Concat(config.Docker is { } docker ? DockerShapes.Drafts(docker, family) : []);
}
