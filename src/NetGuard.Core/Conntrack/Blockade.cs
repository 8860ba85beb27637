using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Conntrack;

/// <summary>What the declared DROPs and REJECTs make of a connection.</summary>
public enum Judgement
{
    /// <summary>Its first packet would not meet one of them.</summary>
    Passes,

    /// <summary>Its first packet would be refused by one of them.</summary>
    Forbidden,

    /// <summary>That cannot be told from its entry.</summary>
    Undecided,
}

/// <summary>
/// The declared DROPs and REJECTs of a family as they stand, with all that a packet meets before them. What stands behind the last of them
/// is left out: it does not matter. Two blockades are equal when they let the same packets through.
/// </summary>
public sealed class Blockade : IEquatable<Blockade>
{
    // The kernel lets a table's jumps be 16 deep (NFT_JUMP_STACK_SIZE).
    private const int MaxDepth = 16;

    private static readonly string[] Hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT"];

    private readonly Dictionary<ChainKey, List<Step>> _chains;
    private readonly Dictionary<ChainKey, Outcomes> _policies = [];
    private readonly List<Step> _refusals;
    private readonly ValueList<string> _text;

    private Blockade(DesiredRuleset desired, Ruleset live, Func<ChainKey, bool> isRead, bool withPolicies)
    {
        Family = desired.Family;
        var refusals = desired.Chains
            .SelectMany(chain => chain.Top.Concat(chain.Bottom).Where(rule => Targets.Refuses(rule.Rule.Target)), (chain, rule) => (chain.Key, rule.Rule.Body))
            .ToHashSet();
        var closed = desired.Chains.Where(chain => withPolicies && chain.Policy == ChainPolicy.Drop).Select(chain => chain.Key).ToHashSet();
        var reading = new Reading(live, isRead, refusals, closed);

        // Behind nat no rule refuses.
        foreach (var table in TableName.All.Where(table => table != TableName.Nat))
        {
            foreach (var key in Hooks.Where(table.BuiltinChains.Contains).Select(hook => new ChainKey(table, new(hook))))
            {
                if (reading.Take(key) && live.Find(key) is { } chain)
                {
                    _policies[key] = chain.Policy != ChainPolicy.Drop ? Outcomes.Passes : closed.Contains(key) ? Outcomes.Refused : Outcomes.Lost;
                }
            }
        }

        _chains = reading.Chains;
        IsPartial = reading.IsPartial;
        _refusals = [.. _chains.Values.SelectMany(steps => steps).Where(step => step.IsOurs)];

        HasPolicy = _policies.ContainsValue(Outcomes.Refused);
        _text =
        [
            .. _policies.Select(policy => $"{policy.Key} {policy.Value}").Order(StringComparer.Ordinal),
            .. _chains.OrderBy(chain => chain.Key.ToString(), StringComparer.Ordinal).SelectMany(chain => chain.Value.Select(step => $"{chain.Key} {step.Rule.Body}")),
        ];
    }

    /// <summary>The family.</summary>
    public Family Family { get; }

    /// <summary>Whether a packet may go through a chain that was not read before it is refused: what becomes of it there is not known.</summary>
    public bool IsPartial { get; }

    /// <summary>Whether nothing is refused: no declared DROP or REJECT is in place.</summary>
    public bool IsOpen => _refusals.Count == 0 && !HasPolicy;

    /// <summary>What refuses: the rules' bodies, in no order.</summary>
    public ValueList<string> Refusals =>
    [
        .. _refusals.Select(step => step.Rule.Body).Order(StringComparer.Ordinal),
        .. _policies.Where(policy => policy.Value == Outcomes.Refused).Select(policy => $"{policy.Key} DROP").Order(StringComparer.Ordinal),
    ];

    /// <summary>The rules that refuse packets by more than a connection's entry tells, each with the option.</summary>
    public IEnumerable<(Rule Rule, string Option)> Undecided =>
        _refusals.Where(step => step.Match.Undecided is not null).Select(step => (step.Rule, step.Match.Undecided!));

    private bool HasPolicy { get; }

    /// <summary>Takes the rules as they stand.</summary>
    /// <param name="desired">What is declared.</param>
    /// <param name="live">What is there.</param>
    /// <param name="isRead">Whether the rules of a chain were read: one that was not looks empty. Null where all were.</param>
    /// <param name="withPolicies">Whether the declared policies count as well as the rules.</param>
    public static Blockade Of(DesiredRuleset desired, Ruleset live, Func<ChainKey, bool>? isRead = null, bool withPolicies = true) =>
        new(desired, live, isRead ?? (_ => true), withPolicies);

    /// <summary>Whether a connection may be refused, wherever it goes: quick, and never wrong where it says no.</summary>
    public bool MayRefuse(Connection connection)
    {
        var (before, behind) = (new FirstPacket(connection, "", connection.Original, null, null), new FirstPacket(connection, "", connection.Translated, null, null));
        return HasPolicy || _refusals.Exists(step => step.Match.Matches(before) != false || step.Match.Matches(behind) != false);
    }

    /// <summary>What becomes of a connection: its first packet goes through the tables' chains as the kernel's would.</summary>
    /// <param name="packets">The packet at each of its hooks.</param>
    public Judgement Judge(IEnumerable<FirstPacket> packets)
    {
        var judgement = (Judgement?)null;
        foreach (var packet in packets)
        {
            switch (Judge(packet))
            {
                case Judgement.Forbidden when packet.IsCertain:
                    return Judgement.Forbidden;
                case Judgement.Forbidden or Judgement.Undecided:
                    judgement = Judgement.Undecided;
                    break;
                default:
                    judgement ??= Judgement.Passes;
                    break;
            }
        }

        return judgement ?? Judgement.Undecided;
    }

    private Judgement Judge(FirstPacket packet)
    {
        var judgement = Judgement.Passes;
        foreach (var (key, policy) in _policies.Where(policy => policy.Key.Chain.Value == packet.Hook))
        {
            var outcomes = Walk(key, packet, 0);
            if ((outcomes & Outcomes.Returns) != 0)
            {
                outcomes = outcomes & ~Outcomes.Returns | policy;
            }

            if (outcomes == Outcomes.Refused)
            {
                return Judgement.Forbidden;
            }

            if ((outcomes & Outcomes.Refused) != 0)
            {
                judgement = Judgement.Undecided;
            }
        }

        return judgement;
    }

    /// <inheritdoc/>
    public bool Equals(Blockade? other) => other is not null && Family == other.Family && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Blockade);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, _text);

    // Everything that can become of it. Where a match cannot be told, both ways are gone.
    private Outcomes Walk(ChainKey key, FirstPacket packet, int depth)
    {
        if (depth > MaxDepth || !_chains.TryGetValue(key, out var steps))
        {
            return Outcomes.Unknown;
        }

        var outcomes = Outcomes.None;
        foreach (var step in steps)
        {
            var matches = step.Match.Matches(packet);
            if (matches == false)
            {
                continue;
            }

            var here = step.IsOurs ? Outcomes.Refused : step.Rule.Target switch
            {
                null => Outcomes.GoesOn,
                "ACCEPT" => Outcomes.Passes,
                "RETURN" => Outcomes.Returns,
                var target when Targets.Refuses(target) => Outcomes.Lost,
                var target when Targets.LetsPass(target) => Outcomes.GoesOn,
                _ when step.Callee is { } callee => Back(Walk(callee, packet, depth + 1), step.Rule.IsGoto),
                _ => Outcomes.Unknown,
            };
            outcomes |= here & ~Outcomes.GoesOn;
            if (matches == true && (here & Outcomes.GoesOn) == 0)
            {
                return outcomes;
            }
        }

        return outcomes | Outcomes.Returns;
    }

    // A packet that comes back from a chain goes on behind the rule that jumped there; from one that was gone to, it returns further.
    private static Outcomes Back(Outcomes callee, bool isGoto) =>
        isGoto || (callee & Outcomes.Returns) == 0 ? callee : callee & ~Outcomes.Returns | Outcomes.GoesOn;

    [Flags]
    private enum Outcomes
    {
        None = 0,
        GoesOn = 1,
        Returns = 2,
        Passes = 4,
        Lost = 8,
        Refused = 16,
        Unknown = GoesOn | Returns | Passes | Lost,
    }

    private sealed record Step(Rule Rule, PacketMatch Match, bool IsOurs, ChainKey? Callee);

    // Which chains matter, as far as a packet can still come to a refusal there.
    private sealed class Reading(Ruleset live, Func<ChainKey, bool> isRead, HashSet<(ChainKey, string)> refusals, HashSet<ChainKey> closed)
    {
        private readonly Dictionary<ChainKey, (List<Step> Steps, int Last)> _read = [];
        private readonly HashSet<ChainKey> _whole = [];

        public Dictionary<ChainKey, List<Step>> Chains { get; } = [];

        public bool IsPartial { get; private set; }

        // Whether a packet that enters here can come to a refusal. If so the chain is taken, with all that it calls before.
        public bool Take(ChainKey hook)
        {
            var leads = Read(hook).Last > 0;
            if (leads)
            {
                Include(hook, isTail: true);
            }

            return leads;
        }

        private (List<Step> Steps, int Last) Read(ChainKey key)
        {
            if (_read.TryGetValue(key, out var known))
            {
                return known;
            }

            var steps = new List<Step>();
            _read[key] = (steps, 0); // A loop, which the kernel does not take, would end here.
            var last = 0;
            foreach (var rule in (isRead(key) ? live.Find(key)?.Rules : null) ?? [])
            {
                ChainKey? callee = rule.Target is { } target && Targets.IsChain(target) ? new(key.Table, new(target)) : null;
                var isOurs = Targets.Refuses(rule.Target) && refusals.Contains((key, rule.Body));
                steps.Add(new(rule, PacketMatch.Of(rule), isOurs, callee));
                if (isOurs || callee is { } called && Read(called).Last > 0)
                {
                    last = steps.Count;
                }
            }

            return _read[key] = (steps, closed.Contains(key) ? Math.Max(steps.Count, 1) : last);
        }

        // What stands behind the last refusal does not matter, unless the packet comes back from there to yet another one.
        private void Include(ChainKey key, bool isTail)
        {
            if (!isRead(key))
            {
                IsPartial = true; // And it is not among the chains: whatever comes of a packet there.
                return;
            }

            var (steps, last) = _read[key];
            isTail &= Chains.TryAdd(key, steps[..Math.Min(last, steps.Count)]);
            if (!isTail)
            {
                if (!_whole.Add(key))
                {
                    return;
                }

                Chains[key] = steps;
            }

            var taken = Chains[key];
            for (var i = 0; i < taken.Count; i++)
            {
                if (taken[i].Callee is { } callee)
                {
                    Include(callee, isTail && i == taken.Count - 1 && i == last - 1);
                }
            }
        }
    }
}
