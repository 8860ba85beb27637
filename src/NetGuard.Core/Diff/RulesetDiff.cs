using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>How the tables of one family differ from what was declared.</summary>
/// <param name="Family">The family.</param>
/// <param name="Drifts">The differences, for people and the log.</param>
/// <param name="Chains">The chains that must change, for the repair.</param>
/// <param name="Waiting">What cannot be enforced yet.</param>
public sealed record RulesetDiff(Family Family, ValueList<Drift> Drifts, ValueList<ChainDiff> Chains, ValueList<Waiting> Waiting)
{
    /// <summary>The tables that must be woken. What cannot be read is not let loose.</summary>
    public ValueList<TableName> Asleep { get; init; } = [];

    /// <summary>The tables of which nothing is known.</summary>
    public ValueList<TableName> Unknown { get; init; } = [];

    /// <summary>Compares. Decides everything and touches nothing.</summary>
    public static RulesetDiff Between(DesiredRuleset desired, Ruleset actual) => new Comparison(desired, actual).Run();

    private sealed class Comparison(DesiredRuleset desired, Ruleset actual)
    {
        private readonly List<Drift> _drifts = [];
        private readonly List<ChainDiff> _chains = [];
        private readonly List<Waiting> _waiting = [];
        private readonly Dictionary<ChainKey, DesiredChain> _desired = desired.Chains.ToDictionary(c => c.Key);
        private readonly Dictionary<ChainKey, Chain> _planned = [];

        public RulesetDiff Run()
        {
            var enforced = Enforced().ToList();
            foreach (var chain in enforced)
            {
                _planned[chain.Key] = new(chain.Key.Chain, null, Placement.Arrange(chain.Top, chain.Bottom, Strangers(chain)).Select(s => s.Rule).ToValueList());
            }

            // What FORWARD's rules lead to is judged as it will be, not as it is: another order would be right once all chains are.
            var reachability = new Reachability(name =>
                new ChainKey(TableName.Filter, name) is var key && _planned.TryGetValue(key, out var planned) ? planned : actual.Find(key));
            foreach (var chain in enforced)
            {
                Compare(NeedsDockerUser && chain.Key == ChainKey.Forward ? chain with { Top = reachability.Require(chain.Top, Strangers(chain)) } : chain);
            }

            var asleep = actual.Dormant.Where(table => desired.Chains.Any(chain => chain.Key.Table == table)).ToValueList();
            _drifts.AddRange(asleep.Select(table => new Drift(DriftKind.Unreachable)
            {
                Family = desired.Family,
                Table = table,
                Expected = "packets get to the table's chains",
                Actual = "the table is dormant: no packet gets to its chains",
            }));
            return new(desired.Family, _drifts.ToValueList(), _chains.ToValueList(), _waiting.ToValueList())
            {
                Asleep = [.. asleep.Where(table => actual.WhyUnreadable(table) is null)],
                Unknown = [.. actual.Unreadable.Select(table => table.Key)],
            };
        }

        // The chains that can be judged, with the rules that can be loaded.
        private IEnumerable<DesiredChain> Enforced()
        {
            foreach (var chain in InScope())
            {
                if (actual.WhyUnreadable(chain.Key) is { } reason)
                {
                    _drifts.Add(new(DriftKind.Unreadable) { Family = desired.Family, Chain = chain.Key, Note = reason });
                }
                else if (actual.Find(chain.Key)?.Rules.FirstOrDefault(rule => (chain.Exclusive || rule.IsOwned) && !rule.IsOneLine) is { } rule)
                {
                    // Its text would be several lines of a restore. It may have to go, and cannot be told to.
                    _drifts.Add(new(DriftKind.Unreadable)
                    {
                        Family = desired.Family,
                        Chain = chain.Key,
                        Actual = rule.Body,
                        Note = "a line break stands in this rule, so that it cannot be deleted by its text: delete it by its number",
                    });
                }
                else if (!Exists(chain.Key) && chain.Key.Chain.IsDockerMade)
                {
                    _waiting.Add(new(desired.Family, chain.Key, null, chain.Key));
                }
                else
                {
                    yield return chain with { Top = Possible(chain.Key, chain.Top), Bottom = Possible(chain.Key, chain.Bottom) };
                }
            }
        }

        // New chains come first: rules of others may jump to them. Chains that are not declared are looked at where NetGuard has left
        // a rule in them, and FORWARD where DOCKER-USER must be reached.
        private IEnumerable<DesiredChain> InScope() => desired.Chains
            .Concat(NeedsDockerUser && !_desired.ContainsKey(ChainKey.Forward) ? [new(ChainKey.Forward)] : [])
            .Concat(actual.Chains
                .Where(c => !_desired.ContainsKey(c.Key) && !(NeedsDockerUser && c.Key == ChainKey.Forward) && HasOwn(c.Value))
                .Select(c => new DesiredChain(c.Key)))
            .OrderBy(c => Exists(c.Key));

        private bool NeedsDockerUser => _desired.TryGetValue(ChainKey.DockerUser, out var chain) && chain.Top.Count + chain.Bottom.Count > 0
            && actual.WhyUnreadable(ChainKey.DockerUser) is null; // What is not the chain that iptables means by that name cannot be jumped to.

        private static bool HasOwn(Chain chain)
        {
            foreach (var rule in chain.Rules)
            {
                if (rule.Text.Contains(Rule.TagPrefix, StringComparison.Ordinal) && rule.IsOwned)
                {
                    return true;
                }
            }

            return false;
        }

        private bool Exists(ChainKey key) => actual.Find(key) is not null;

        // A rule whose chain to jump to is somebody else's and not there yet cannot be loaded: all others of the family would fail with it.
        private ValueList<DesiredRule> Possible(ChainKey key, ValueList<DesiredRule> rules)
        {
            var possible = new List<DesiredRule>(rules.Count);
            foreach (var rule in rules)
            {
                if (rule.Rule.Target is { } target && Targets.IsChain(target) && new ChainKey(key.Table, new(target)) is var to
                    && (actual.WhyUnreadable(to) is not null || (!Exists(to) && (to.Chain.IsDockerMade || !_desired.ContainsKey(to)))))
                {
                    _waiting.Add(new(desired.Family, key, rule.Name, to));
                }
                else
                {
                    possible.Add(rule);
                }
            }

            return possible.ToValueList();
        }

        private List<Rule> Strangers(DesiredChain chain) =>
            chain.Exclusive ? [] : actual.Find(chain.Key)?.Rules.Where(rule => !rule.IsOwned).ToList() ?? [];

        private void Compare(DesiredChain chain)
        {
            var live = actual.Find(chain.Key);
            IReadOnlyList<Rule> rules = live?.Rules ?? [];
            var wanted = Placement.Arrange(chain.Top, chain.Bottom, Strangers(chain));
            var policy = chain.Policy is { } desiredPolicy && live?.Policy is { } is_ && is_ != desiredPolicy ? chain.Policy : null;
            var diff = new ChainDiff(chain.Key, live is not null, rules, wanted, Alignment.Of(rules, wanted), policy) { IsExclusive = chain.Exclusive };
            if (!diff.IsEmpty)
            {
                _chains.Add(diff);
                _drifts.AddRange(ChainDrifts.Of(desired.Family, diff));
            }
        }
    }
}
