using System.Text.RegularExpressions;
using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

/// <summary>
/// What of the world is strangers', as the mishaps left it: the filter table's chains with their rules, and settings that nobody guards.
/// Rules are kept for each of their owners apart: several act at once, and only the order of one's own rules is known.
/// </summary>
internal sealed partial class Strangers
{
    /// <summary>Whose rules carry no mark: Docker's, and those of people.</summary>
    public const string Nobody = "";

    private readonly Dictionary<(Family Family, string Chain), Dictionary<string, List<string>>> _chains = [];
    private readonly Dictionary<(Family Family, string Chain), string> _policies = [];
    private readonly Lock _lock = new();

    /// <summary>Whether the rules without a mark are left in an order that is known: a real Docker's are not.</summary>
    public bool IsNobodyOrdered { get; init; } = true;

    /// <summary>Settings that are not guarded, by their names.</summary>
    public Dictionary<string, string> Sysctls { get; private init; } = [];

    /// <summary>All chains that are strangers' or hold rules of theirs.</summary>
    public IReadOnlyList<(Family Family, string Chain)> Chains
    {
        get
        {
            lock (_lock)
            {
                return [.. _chains.Keys];
            }
        }
    }

    /// <summary>Whose a rule is, by the mark in its comment.</summary>
    public static string Owner(string rule) => Mark().Match(rule) is { Success: true } match ? match.Groups[1].Value : Nobody;

    /// <summary>The rules of one owner in a chain, in their order.</summary>
    public IReadOnlyList<string> Rules(Family family, string chain, string owner)
    {
        lock (_lock)
        {
            return _chains.TryGetValue((family, chain), out var owners) && owners.TryGetValue(owner, out var rules) ? [.. rules] : [];
        }
    }

    /// <summary>The rules of a chain, by their owners.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> RulesByOwner(Family family, string chain)
    {
        lock (_lock)
        {
            return _chains.GetValueOrDefault((family, chain), []).ToDictionary(owner => owner.Key, owner => (IReadOnlyList<string>)[.. owner.Value]);
        }
    }

    /// <summary>Whether the order of an owner's rules is known.</summary>
    public bool IsOrdered(string owner) => IsNobodyOrdered || owner != Nobody;

    /// <summary>The policy of a chain that nobody guards.</summary>
    public string Policy(Family family, string chain)
    {
        lock (_lock)
        {
            return _policies.GetValueOrDefault((family, chain), "ACCEPT");
        }
    }

    /// <summary>Sets it.</summary>
    public void SetPolicy(Family family, string chain, string policy)
    {
        lock (_lock)
        {
            _policies[(family, chain)] = policy;
        }
    }

    /// <summary>All rules of one owner.</summary>
    public IReadOnlyList<(Family Family, string Chain, string Rule)> RulesOf(string owner)
    {
        lock (_lock)
        {
            return [.. _chains.SelectMany(chain => chain.Value.GetValueOrDefault(owner, []).Select(rule => (chain.Key.Family, chain.Key.Chain, rule)))];
        }
    }

    /// <summary>Whether the strangers have made this chain.</summary>
    public bool Has(Family family, string chain)
    {
        lock (_lock)
        {
            return _chains.ContainsKey((family, chain));
        }
    }

    public void AddChain(Family family, string chain)
    {
        lock (_lock)
        {
            _chains.TryAdd((family, chain), []);
        }
    }

    public void RemoveChain(Family family, string chain)
    {
        lock (_lock)
        {
            _chains.Remove((family, chain));
        }
    }

    /// <summary>Adds a rule above or below all others.</summary>
    public void AddRule(Family family, string chain, string rule, bool onTop)
    {
        lock (_lock)
        {
            _chains.TryAdd((family, chain), []);
            var owners = _chains[(family, chain)];
            owners.TryAdd(Owner(rule), []);
            owners[Owner(rule)].Insert(onTop ? 0 : owners[Owner(rule)].Count, rule);
        }
    }

    /// <summary>Takes the first such rule away.</summary>
    public void RemoveRule(Family family, string chain, string rule)
    {
        lock (_lock)
        {
            _chains.GetValueOrDefault((family, chain))?.GetValueOrDefault(Owner(rule))?.Remove(rule);
        }
    }

    /// <summary>Empties a chain.</summary>
    public void Flush(Family family, string chain)
    {
        lock (_lock)
        {
            _chains.GetValueOrDefault((family, chain))?.Clear();
        }
    }

    /// <summary>Empties all chains of a family.</summary>
    public void Flush(Family family)
    {
        lock (_lock)
        {
            foreach (var (_, owners) in _chains.Where(chain => chain.Key.Family == family))
            {
                owners.Clear();
            }
        }
    }

    /// <summary>Takes all chains of a family away, or puts those of an earlier time in their place.</summary>
    public void Replace(Family family, Strangers? with)
    {
        lock (_lock)
        {
            foreach (var key in _chains.Keys.Where(key => key.Family == family).ToList())
            {
                _chains.Remove(key);
            }

            foreach (var key in _policies.Keys.Where(key => key.Family == family).ToList())
            {
                _policies.Remove(key);
            }

            foreach (var (key, policy) in with?._policies.Where(chain => chain.Key.Family == family) ?? [])
            {
                _policies[key] = policy;
            }

            foreach (var (key, owners) in with?._chains.Where(chain => chain.Key.Family == family) ?? [])
            {
                _chains[key] = owners.ToDictionary(owner => owner.Key, owner => owner.Value.ToList());
            }
        }
    }

    /// <summary>The same, to be kept.</summary>
    public Strangers Copy()
    {
        var copy = new Strangers { IsNobodyOrdered = IsNobodyOrdered, Sysctls = new(Sysctls) };
        foreach (var family in Enum.GetValues<Family>())
        {
            copy.Replace(family, this);
        }

        return copy;
    }

    [GeneratedRegex("--comment chaos-([a-z0-9]+)-[0-9]+ ")]
    private static partial Regex Mark();
}
