using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Watch;

/// <summary>That a commit touched a watched chain.</summary>
/// <param name="Family">The family.</param>
/// <param name="Chain">The chain; null for all chains of a table, or of the family.</param>
/// <param name="How">What it did.</param>
public readonly record struct ChainTouch(Family Family, ChainKey? Chain, TouchKinds How)
{
    /// <summary>Whether this may be why a chain is not as declared.</summary>
    public bool MayHaveCaused(Drift drift) =>
        drift.Family == Family && drift.Table is not null
        && (Chain is null || Chain == drift.Chain
            // Whether DOCKER-USER is reached is decided in FORWARD and the chains that it calls.
            || drift is { Kind: DriftKind.Unreachable, Chain: not null } && Chain.Value.Table == TableName.Filter);

    /// <summary>Whether it did just what the drift is: took away what is missing, put what is foreign.</summary>
    public bool Fits(Drift drift) => (How & (TouchKinds.Table | TouchKinds.Unknown)) != 0 || drift.Kind switch
    {
        DriftKind.Missing => (How & (TouchKinds.RuleRemoved | TouchKinds.ChainRemoved)) != 0,
        DriftKind.ChainMissing => (How & TouchKinds.ChainRemoved) != 0,
        DriftKind.Policy => (How & TouchKinds.ChainSet) != 0,
        DriftKind.Duplicate or DriftKind.Foreign or DriftKind.Stale or DriftKind.Misplaced or DriftKind.Altered => (How & TouchKinds.RuleAdded) != 0,
        // Who took rules out of a chain has not taken away the way to it.
        DriftKind.Unreachable => Chain is null || Chain != drift.Chain || (How & TouchKinds.ChainRemoved) != 0,
        _ => true,
    };
}
