using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>
/// Which bytes of nf_tables are which text of iptables-save's, for the rules of one family: learnt where the tools and the kernel
/// told of the same rule, never worked out.
/// </summary>
public sealed class RuleMemory
{
    // Strangers' rules may come and go without end. Beyond this and twice what was there at first, all is learnt anew.
    private const int Spare = 1000;

    private readonly Dictionary<byte[], Rule?> _rules = new(BodyComparer.Instance);
    private readonly Dictionary<string, byte[]> _bodies = new(StringComparer.Ordinal);
    private readonly Dictionary<byte[], Rule?>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private int _first;

    /// <summary>Knows nothing yet.</summary>
    public RuleMemory() => _bySpan = _rules.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>How many rules it knows.</summary>
    public int Count => _rules.Count;

    /// <summary>Whether so much has been learnt since the last <see cref="Settle"/> that it is time to forget.</summary>
    public bool IsFull => _rules.Count > 2 * _first + Spare;

    /// <summary>The rule with this body; null where it was never seen beside its text.</summary>
    public Rule? Find(ReadOnlySpan<byte> body) => _bySpan.TryGetValue(body, out var rule) ? rule : null;

    /// <summary>The body of the rule with this text; null where it was never seen.</summary>
    public byte[]? BodyOf(Rule rule) => _bodies.GetValueOrDefault(rule.Text);

    /// <summary>Takes note of a rule that both have told of.</summary>
    /// <returns>False where its bytes do not tell all that it is; then they are not taken note of.</returns>
    public bool Learn(ReadOnlySpan<byte> body, Rule rule)
    {
        if (_bySpan.TryGetValue(body, out var known))
        {
            if (known is null || known.Equals(rule))
            {
                return known is not null;
            }

            // Two texts for the same bytes: whatever makes the difference is not in them.
            _bySpan[body] = null;
            _bodies.Remove(known.Text);
            return false;
        }

        if (!Repertoire.Holds(body))
        {
            return false;
        }

        var bytes = body.ToArray();
        _rules[bytes] = rule;
        _bodies[rule.Text] = bytes;
        return true;
    }

    /// <summary>Says that what is known now is what is there.</summary>
    public void Settle() => _first = _rules.Count;

    /// <summary>Forgets all but NetGuard's own rules: those are still wanted when they are gone.</summary>
    public void Forget()
    {
        foreach (var (body, rule) in _rules)
        {
            if (rule is not { IsOwned: true })
            {
                _rules.Remove(body);
                if (rule is not null)
                {
                    _bodies.Remove(rule.Text);
                }
            }
        }
    }
}
