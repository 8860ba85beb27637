using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// Tells what follows from the coming and going of containers from what somebody has undone: the one is no drift, has no culprit and is
/// no fight, however often it happens.
/// </summary>
/// <param name="former">What was to hold before.</param>
/// <param name="now">What is to hold now.</param>
public sealed class Following(DesiredState former, DesiredState now)
{
    private readonly HashSet<(Family?, ChainKey?, string?)> _former = Rules(former);
    private readonly HashSet<(Family?, ChainKey?, string?)> _now = Rules(now);

    /// <summary>The families whose rules are to be others now.</summary>
    public IReadOnlyList<Family> Families { get; } =
        [.. now.Rulesets.Where(r => former.Rulesets.FirstOrDefault(f => f.Family == r.Family) != r).Select(r => r.Family)];

    /// <summary>Whether a drift is only that a rule is not wanted any more, or wanted for the first time.</summary>
    public bool Explains(Drift drift) => drift.Kind switch
    {
        DriftKind.Missing or DriftKind.Misplaced or DriftKind.Altered => IsNew(drift, drift.Expected),
        DriftKind.Stale or DriftKind.Duplicate => IsOld(drift, drift.Actual),
        _ => false,
    };

    private bool IsNew(Drift drift, string? body) => !_former.Contains((drift.Family, drift.Chain, body));

    private bool IsOld(Drift drift, string? body) => _former.Contains((drift.Family, drift.Chain, body)) && !_now.Contains((drift.Family, drift.Chain, body));

    private static HashSet<(Family?, ChainKey?, string?)> Rules(DesiredState state) =>
    [
        .. from ruleset in state.Rulesets
           from chain in ruleset.Chains
           from rule in chain.Top.Concat(chain.Bottom)
           select ((Family?)ruleset.Family, (ChainKey?)chain.Key, (string?)rule.Rule.Body),
    ];
}
