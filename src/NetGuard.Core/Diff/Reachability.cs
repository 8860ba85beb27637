using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>
/// Sees to it that FORWARD gets to DOCKER-USER before anything else can accept the packet. Rules in a chain that nothing jumps to,
/// or that comes too late, protect nobody.
/// </summary>
/// <param name="chains">Finds a chain of the filter table as it is now.</param>
public sealed class Reachability(Func<ChainName, Chain?> chains)
{
    private const string Jump = "-j DOCKER-USER";
    private readonly Dictionary<string, bool> _accepting = new(StringComparer.Ordinal);

    /// <summary>FORWARD's top rules with the jump among them where it is needed.</summary>
    /// <param name="top">What was declared for the top of FORWARD.</param>
    /// <param name="strangers">The rules in FORWARD that stay.</param>
    public ValueList<DesiredRule> Require(ValueList<DesiredRule> top, IReadOnlyList<Rule> strangers)
    {
        if (top.Any(rule => rule.Rule.Body == Jump))
        {
            return top; // The administrator has said where.
        }

        for (var i = 0; i < top.Count; i++)
        {
            if (MayAccept(top[i].Rule))
            {
                return [.. top.Take(i), DesiredRule.ReachDockerUser, .. top.Skip(i)];
            }
        }

        for (var i = Placement.CountServing(top, strangers); i < strangers.Count && !MayAccept(strangers[i]); i++)
        {
            if (strangers[i].Body == Jump)
            {
                return top;
            }
        }

        return [.. top, DesiredRule.ReachDockerUser];
    }

    /// <summary>Whether a packet's way can end with a pass in this rule of a built-in chain.</summary>
    public bool MayAccept(Rule rule) => rule switch
    {
        { IsOpaque: true } => true,
        { Target: null } => false,
        { Body: Jump } => false,
        { IsGoto: true } => true, // Its chain's end is the policy.
        { Target: "RETURN" } => true, // In a built-in chain that is the policy, too.
        { Target: var target } => TargetMayAccept(target),
    };

    private bool TargetMayAccept(string target)
    {
        if (Targets.Refuses(target) || Targets.LetsPass(target))
        {
            return false;
        }

        if (!Targets.IsChain(target))
        {
            return true;
        }

        if (!_accepting.TryGetValue(target, out var accepts))
        {
            _accepting[target] = false; // The kernel allows no loops; this is for texts that lie.
            accepts = chains(new(target)) is not { } chain
                || chain.Rules.Any(rule => rule.IsOpaque || rule.Target is { } next && next != "RETURN" && (rule.IsGoto || TargetMayAccept(next)));
            _accepting[target] = accepts;
        }

        return accepts;
    }
}
