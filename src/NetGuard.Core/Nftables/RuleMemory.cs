using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>
/// Which bytes of nf_tables are which text of iptables-save's, for the rules of one family: learnt where the tools and the kernel
/// told of the same rule, never worked out.
/// </summary>
public sealed class RuleMemory
{
    // Rules may come and go without end. Beyond this and twice what was there at first, those that are gone are forgotten.
    private const int Spare = 1000;

    private readonly Dictionary<UInt128, Rule?> _rules = [];
    private readonly Dictionary<string, WritableBody> _bodies = new(StringComparer.Ordinal);
    private int _first;

    /// <summary>How many rules it knows.</summary>
    public int Count => _rules.Count;

    /// <summary>Whether so much has been learnt since the last <see cref="Settle"/> or <see cref="Keep"/> that it is time to forget.</summary>
    public bool IsFull => _rules.Count > 2 * _first + Spare;

    /// <summary>The rule with this body; null where it was never seen beside its text.</summary>
    public Rule? Find(ReadOnlySpan<byte> body) => _rules.GetValueOrDefault(BodyDigest.Of(body));

    /// <summary>How to put one of NetGuard's rules in; null where it was never seen, or is somebody else's.</summary>
    public WritableBody? BodyOf(Rule rule) => _bodies.TryGetValue(rule.Text, out var body) ? body : null;

    /// <summary>Takes note of a rule that both have told of.</summary>
    /// <returns>False where its bytes do not tell all that it is; then they are not taken note of.</returns>
    public bool Learn(ReadOnlySpan<byte> body, Rule rule)
    {
        var digest = BodyDigest.Of(body);

        // With a tag of another form the same rule has other bytes: it is kept once.
        rule = _bodies.TryGetValue(rule.Text, out var kept) ? kept.Rule : rule;
        if (_rules.TryGetValue(digest, out var known))
        {
            if (known is not null && !known.Equals(rule))
            {
                // Two texts for the same bytes: whatever makes the difference is not in them.
                _rules[digest] = null;
                _bodies.Remove(known.Text);
                return false;
            }

            return known is not null;
        }

        if (!Repertoire.Holds(body))
        {
            return false;
        }

        _rules[digest] = rule;
        if (rule.IsOwned && !_bodies.ContainsKey(rule.Text))
        {
            _bodies[rule.Text] = NativeTag.Of(body) is { } native ? new(rule, native, true) : new(rule, body.ToArray(), false);
        }

        return true;
    }

    /// <summary>Says that what is known now is what is there.</summary>
    /// <param name="least">How many rules there are, should fewer be known.</param>
    public void Settle(int least = 0) => _first = Math.Max(_rules.Count, least);

    /// <summary>Forgets all rules but these, and settles. That some bytes do not tell all that a rule is stays known.</summary>
    public void Keep(HashSet<Rule> rules)
    {
        foreach (var (digest, rule) in _rules)
        {
            if (rule is not null && !rules.Contains(rule))
            {
                _rules.Remove(digest);
                _bodies.Remove(rule.Text);
            }
        }

        Settle();
    }

    /// <summary>Forgets all, NetGuard's own rules too: they change with the containers.</summary>
    public void Forget()
    {
        _rules.Clear();
        _bodies.Clear();
    }
}

/// <summary>The bytes that make a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Body">The bytes.</param>
/// <param name="HasNativeTag">Whether the tag is in them as nf_tables' own comment: <see cref="NativeTag"/>.</param>
public readonly record struct WritableBody(Rule Rule, byte[] Body, bool HasNativeTag);
