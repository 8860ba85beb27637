using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// Tells what follows from another configuration, or from the coming and going of containers, from what somebody has undone: the one is no
/// drift, has no culprit and is no fight, however often it happens.
/// </summary>
/// <param name="former">What was to hold before.</param>
/// <param name="now">What is to hold now.</param>
public sealed class Following(DesiredState former, DesiredState now)
{
    private readonly HashSet<(Family?, ChainKey?, string?)> _former = Rules(former);
    private readonly HashSet<(Family?, ChainKey?, string?)> _now = Rules(now);
    private readonly Dictionary<(Family?, ChainKey?), DesiredChain> _formerChains = Chains(former);
    private readonly Dictionary<(Family?, ChainKey?), DesiredChain> _chainsNow = Chains(now);

    /// <summary>The families whose rules are to be others now.</summary>
    public IReadOnlyList<Family> Families { get; } =
        [.. now.Rulesets.Where(r => former.Rulesets.FirstOrDefault(f => f.Family == r.Family) != r).Select(r => r.Family)];

    /// <summary>Whether the same is to hold.</summary>
    public bool IsEmpty => Families.Count == 0 && former.Rulesets.Count == now.Rulesets.Count && former.Sysctls.SequenceEqual(now.Sysctls);

    /// <summary>Whether a drift is only that something is not wanted any more, or wanted for the first time.</summary>
    public bool Explains(Drift drift) => drift.Kind switch
    {
        DriftKind.Missing or DriftKind.Altered => IsNew(drift, drift.Expected),
        DriftKind.Misplaced => IsNew(drift, drift.Expected) || Was(drift) is { } was && Is(drift) is { } chain && (was.Top, was.Bottom) != (chain.Top, chain.Bottom),
        DriftKind.Stale or DriftKind.Duplicate => IsOld(drift, drift.Actual),
        DriftKind.Foreign => Was(drift) is not { Exclusive: true },
        DriftKind.Policy => Was(drift)?.Policy != Is(drift)?.Policy,
        DriftKind.ChainMissing => Was(drift) is null,
        DriftKind.Unreachable => drift.Chain is { } && (Was(drift) is null || Of(_formerChains, drift.Family, ChainKey.Forward) != Of(_chainsNow, drift.Family, ChainKey.Forward)),
        DriftKind.Sysctl => Value(former, drift.Sysctl) != Value(now, drift.Sysctl),
        _ => false,
    };

    private bool IsNew(Drift drift, string? body) => !_former.Contains((drift.Family, drift.Chain, body));

    private bool IsOld(Drift drift, string? body) => _former.Contains((drift.Family, drift.Chain, body)) && !_now.Contains((drift.Family, drift.Chain, body));

    private DesiredChain? Was(Drift drift) => Of(_formerChains, drift.Family, drift.Chain);

    private DesiredChain? Is(Drift drift) => Of(_chainsNow, drift.Family, drift.Chain);

    private static DesiredChain? Of(Dictionary<(Family?, ChainKey?), DesiredChain> chains, Family? family, ChainKey? key) => chains.GetValueOrDefault((family, key));

    private static string? Value(DesiredState state, SysctlKey? key) => state.Sysctls.FirstOrDefault(sysctl => sysctl.Key == key)?.Value;

    private static Dictionary<(Family?, ChainKey?), DesiredChain> Chains(DesiredState state) =>
        state.Rulesets.SelectMany(ruleset => ruleset.Chains, (ruleset, chain) => (ruleset.Family, chain))
            .ToDictionary(pair => ((Family?)pair.Family, (ChainKey?)pair.chain.Key), pair => pair.chain);

    private static HashSet<(Family?, ChainKey?, string?)> Rules(DesiredState state) =>
    [
        .. from ruleset in state.Rulesets
           from chain in ruleset.Chains
           from rule in chain.Top.Concat(chain.Bottom)
           select ((Family?)ruleset.Family, (ChainKey?)chain.Key, (string?)rule.Rule.Body),

        // The jump is declared nowhere: it follows from rules in DOCKER-USER.
        .. from ruleset in state.Rulesets
           where ruleset.Chains.Any(chain => chain.Key == ChainKey.DockerUser && chain.Top.Count + chain.Bottom.Count > 0)
           select ((Family?)ruleset.Family, (ChainKey?)ChainKey.Forward, (string?)DesiredRule.ReachDockerUser.Rule.Body),
    ];
}
