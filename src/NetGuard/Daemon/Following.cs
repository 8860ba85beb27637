using NetGuard.Core.Diff;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>
/// Tells what follows from another configuration, or from the coming and going of containers, from what somebody has undone: the one is no
/// drift, has no culprit and is no fight, however often it happens.
/// </summary>
/// <param name="former">What was to hold before: what did last, and all that has been wanted since and may have come about in part.</param>
/// <param name="now">What is to hold now.</param>
public sealed class Following(IReadOnlyList<DesiredState> former, DesiredState now)
{
    private readonly List<HashSet<(Family?, ChainKey?, string?)>> _former = [.. former.Select(Rules)];
    private readonly HashSet<(Family?, ChainKey?, string?)> _now = Rules(now);
    private readonly Lazy<HashSet<(Family?, ChainKey?, string?)>> _moved = new(() => [.. former.SelectMany(one => Moved(one, now))]);

    /// <summary>The families whose rules are to be others now.</summary>
    public IReadOnlyList<Family> Families { get; } =
        [.. now.Rulesets.Where(r => former.Any(one => one.Rulesets.FirstOrDefault(f => f.Family == r.Family) != r)).Select(r => r.Family)];

    /// <summary>Whether a drift is only that a rule is not wanted any more, or wanted for the first time, or in another place.</summary>
    public bool Explains(Drift drift) => drift.Kind switch
    {
        // A container that takes over a former one's address takes over its rules, too, but not their places.
        DriftKind.Misplaced => IsNew(drift, drift.Expected) || _moved.Value.Contains((drift.Family, drift.Chain, drift.Expected)),
        DriftKind.Missing or DriftKind.Altered => IsNew(drift, drift.Expected),
        DriftKind.Stale or DriftKind.Duplicate => IsOld(drift, drift.Actual),
        DriftKind.Foreign => former.Any(one => Chain(one, drift) is not { Exclusive: true }),
        DriftKind.Policy => former.Any(one => Chain(one, drift)?.Policy != Chain(now, drift)?.Policy),
        DriftKind.ChainMissing => former.Any(one => Chain(one, drift) is null),
        DriftKind.Unreachable => drift.Chain is not null
            && former.Any(one => Chain(one, drift) is null || Chain(one, drift.Family, ChainKey.Forward) != Chain(now, drift.Family, ChainKey.Forward)),
        DriftKind.Sysctl => former.Any(one => Value(one, drift.Sysctl) != Value(now, drift.Sysctl)),
        _ => false,
    };

    private bool IsNew(Drift drift, string? body) => _former.Exists(rules => !rules.Contains((drift.Family, drift.Chain, body)));

    private bool IsOld(Drift drift, string? body) => _former.Exists(rules => rules.Contains((drift.Family, drift.Chain, body))) && !_now.Contains((drift.Family, drift.Chain, body));

    // What stood in another order before: all between the first place that differs and the last.
    private static HashSet<(Family?, ChainKey?, string?)> Moved(DesiredState former, DesiredState now) =>
    [
        .. from ruleset in now.Rulesets
           from chain in ruleset.Chains
           let earlier = former.Rulesets.FirstOrDefault(r => r.Family == ruleset.Family)?.Chains.FirstOrDefault(c => c.Key == chain.Key)
           where earlier is not null
           from body in Moved(Bodies(earlier), Bodies(chain))
           select ((Family?)ruleset.Family, (ChainKey?)chain.Key, (string?)body),
    ];

    private static IEnumerable<string> Moved(List<string> former, List<string> now)
    {
        var (was, stays) = (former.ToHashSet(StringComparer.Ordinal), now.ToHashSet(StringComparer.Ordinal));
        former.RemoveAll(body => !stays.Contains(body));
        now.RemoveAll(body => !was.Contains(body));
        if (former.SequenceEqual(now, StringComparer.Ordinal))
        {
            return [];
        }

        var (first, last) = (0, 0);
        while (first < now.Count && first < former.Count && former[first] == now[first])
        {
            first++;
        }

        while (last < now.Count - first && last < former.Count - first && former[^(last + 1)] == now[^(last + 1)])
        {
            last++;
        }

        return now[first..^last];
    }

    private static List<string> Bodies(DesiredChain chain) => [.. chain.Top.Concat(chain.Bottom).Select(rule => rule.Rule.Body)];

    private static DesiredChain? Chain(DesiredState state, Drift drift) => Chain(state, drift.Family, drift.Chain);

    private static DesiredChain? Chain(DesiredState state, Family? family, ChainKey? key) =>
        state.Rulesets.FirstOrDefault(ruleset => ruleset.Family == family)?.Chains.FirstOrDefault(chain => chain.Key == key);

    private static string? Value(DesiredState state, SysctlKey? key) => state.Sysctls.FirstOrDefault(sysctl => sysctl.Key == key)?.Value;

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
