using NetGuard.Core.Docker;
using NetGuard.Core.Repair;
using NetGuard.Core.State;

namespace NetGuard.Core.Healing;

/// <summary>A rule to put back.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Before">Before which rule of the live chain, counted from 0; as many as there are for its end.</param>
public sealed record HealedRule(RememberedRule Rule, int Before);

/// <summary>What is to be done to one chain.</summary>
/// <param name="Chain">As it was last seen good.</param>
/// <param name="Create">Whether the chain is not there.</param>
/// <param name="Rules">What to put in, in order.</param>
public sealed record HealedChain(RememberedChain Chain, bool Create, ValueList<HealedRule> Rules);

/// <summary>What of Docker's is missing in the tables of a family, and where it goes.</summary>
/// <param name="Family">The family.</param>
/// <param name="Chains">The chains, those without a change left out.</param>
public sealed record HealPlan(Family Family, ValueList<HealedChain> Chains)
{
    /// <summary>Nothing to do.</summary>
    public bool IsEmpty => Chains.Count == 0;

    /// <summary>How many rules are put back.</summary>
    public int Count => Chains.Sum(chain => chain.Rules.Count);

    /// <summary>Compares.</summary>
    /// <param name="family">The family.</param>
    /// <param name="good">What was last seen good.</param>
    /// <param name="live">The rules of a chain as they are; null where it is not there.</param>
    /// <param name="topology">What Docker reports: only rules about that are put back.</param>
    public static HealPlan Of(
        Family family, ValueList<RememberedChain> good, Func<ChainKey, IReadOnlyList<ReadOnlyMemory<byte>>?> live, Topology topology) =>
        new(family, [.. good.Select(chain => Of(family, chain, live(chain.Key), topology)).OfType<HealedChain>()]);

    /// <summary>The same without the rules about some published ports.</summary>
    public HealPlan Without(Func<PublishedClaim, bool> isLeft) => this with
    {
        Chains =
        [
            .. Chains.Select(chain => chain with { Rules = [.. chain.Rules.Where(rule => rule.Rule.Claim?.Published is not { } published || !isLeft(published))] })
                .Where(chain => chain.Create || chain.Rules.Count > 0),
        ],
    };

    /// <summary>The same as one iptables-restore, from the rules' texts.</summary>
    /// <param name="length">How many rules a chain has now.</param>
    public RulesetPlan ToText(Func<ChainKey, int> length)
    {
        var steps = new List<RepairStep>();
        foreach (var chain in Chains.Where(chain => chain.Create))
        {
            if (!chain.Chain.Key.IsBuiltin)
            {
                steps.Add(new CreateChain(chain.Chain.Key));
            }
            else if (chain.Chain.Policy is { } policy)
            {
                steps.Add(new SetPolicy(chain.Chain.Key, policy));
            }
        }

        foreach (var chain in Chains)
        {
            var (key, end) = (chain.Chain.Key, chain.Create ? 0 : length(chain.Chain.Key));
            steps.AddRange(chain.Rules.Select((rule, i) => (RepairStep)(rule.Before >= end
                ? new AppendRule(key, key.ToString(), rule.Rule.Rule)
                : new InsertRule(key, rule.Before + i + 1, key.ToString(), rule.Rule.Rule))));
        }

        return new(Family, [.. steps.OrderBy(step => step.Key.Table.Order)]);
    }

    private static HealedChain? Of(Family family, RememberedChain good, IReadOnlyList<ReadOnlyMemory<byte>>? live, Topology topology)
    {
        var places = new Places(live ?? []);
        var anchors = good.Rules.Select(rule => places.Take(rule.Body)).ToList();
        var missing = new List<HealedRule>();
        for (var i = 0; i < good.Rules.Count; i++)
        {
            if (anchors[i] == Places.Missing && good.Rules[i].Claim?.Holds(family, topology) == true)
            {
                missing.Add(new(good.Rules[i], Place(good.Key, anchors, i, live?.Count ?? 0)));
            }
        }

        // A chain of Docker's own is there even where it is empty: others jump to it.
        var create = live is null && (missing.Count > 0 || !good.Key.IsBuiltin);
        return create || missing.Count > 0 ? new(good, create, [.. missing.OrderBy(rule => rule.Before)]) : null;
    }

    // Behind the nearest rule before it that is still there, else before the nearest behind it. Where none is there it goes to where Docker
    // puts it: it inserts into FORWARD and POSTROUTING, and appends elsewhere.
    private static int Place(ChainKey key, List<int> anchors, int index, int end)
    {
        for (var i = index - 1; i >= 0; i--)
        {
            if (anchors[i] >= 0)
            {
                return anchors[i] + 1;
            }
        }

        for (var i = index + 1; i < anchors.Count; i++)
        {
            if (anchors[i] >= 0)
            {
                return anchors[i];
            }
        }

        return key == ChainKey.Forward || key is { Chain.Value: "POSTROUTING" } ? 0 : end;
    }

    // Finds remembered rules in the live chain, each live one once.
    private sealed class Places
    {
        public const int Missing = -1;
        private const int Elsewhere = -2;

        private readonly Dictionary<ReadOnlyMemory<byte>, List<int>> _at = new(BodyEquality.Instance);
        private int _last = -1;

        public Places(IReadOnlyList<ReadOnlyMemory<byte>> live)
        {
            for (var i = 0; i < live.Count; i++)
            {
                if (!_at.TryGetValue(live[i], out var at))
                {
                    _at[live[i]] = at = [];
                }

                at.Add(i);
            }
        }

        // Where it is. One that somebody has moved up is there, but nothing is placed by it.
        public int Take(ReadOnlyMemory<byte> body)
        {
            if (!_at.TryGetValue(body, out var at) || at.Count == 0)
            {
                return Missing;
            }

            var index = at.Find(i => i > _last) is var next && next > _last ? next : at[0];
            at.Remove(index);
            if (index < _last)
            {
                return Elsewhere;
            }

            return _last = index;
        }
    }
}
