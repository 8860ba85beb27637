namespace NetGuard.Core.State;

/// <summary>A chain as it was read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Policy">What a built-in chain does at its end; null on a user-made chain.</param>
/// <param name="Rules">Its rules from the first to the last.</param>
public sealed record Chain(ChainName Name, ChainPolicy? Policy, ValueList<Rule> Rules);

/// <summary>A table as it was read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Chains">Its chains in the order in which they were listed.</param>
public sealed record Table(TableName Name, ValueList<Chain> Chains);

/// <summary>The tables of one family as they were read in one go.</summary>
/// <param name="Family">The family.</param>
/// <param name="Tables">The tables that were there. A table that is not here does not exist: a failed read is an exception instead.</param>
public sealed record Ruleset(Family Family, ValueList<Table> Tables)
{
    private Dictionary<ChainKey, Chain>? _chains;

    /// <summary>The tables that were there.</summary>
    public ValueList<Table> Tables
    {
        get;
        init => (field, _chains) = (value, null); // A copy with other tables has other chains.
    } = Tables;

    /// <summary>Tables that are there and cannot be read, with the reason. Nothing is known about their chains.</summary>
    public ValueList<KeyValuePair<TableName, string>> Unreadable { get; init; } = [];

    /// <summary>Single chains that are there and are not what iptables shows, with the reason.</summary>
    public ValueList<KeyValuePair<ChainKey, string>> UnreadableChains { get; init; } = [];

    /// <summary>Tables of nf_tables that have been put to sleep: no packet gets to their chains. iptables does not tell.</summary>
    public ValueList<TableName> Dormant { get; init; } = [];

    /// <summary>All chains.</summary>
    public IEnumerable<KeyValuePair<ChainKey, Chain>> Chains => Index;

    private Dictionary<ChainKey, Chain> Index => _chains ??= Tables
        .SelectMany(t => t.Chains, (t, c) => KeyValuePair.Create(new ChainKey(t.Name, c.Name), c))
        .ToDictionary();

    /// <summary>
    /// A chain, or null where it does not exist. A built-in chain always exists: iptables makes its table when the first rule
    /// comes, and until then it is empty and accepts.
    /// </summary>
    public Chain? Find(ChainKey key) =>
        Index.TryGetValue(key, out var chain) ? chain : key.IsBuiltin ? new(key.Chain, ChainPolicy.Accept, []) : null;

    /// <summary>Why a table cannot be read, or null where it can.</summary>
    public string? WhyUnreadable(TableName table)
    {
        foreach (var (name, reason) in Unreadable)
        {
            if (name == table)
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>Why a chain cannot be read, or its whole table; null where it can.</summary>
    public string? WhyUnreadable(ChainKey chain)
    {
        if (WhyUnreadable(chain.Table) is { } all)
        {
            return all;
        }

        foreach (var (key, reason) in UnreadableChains)
        {
            if (key == chain)
            {
                return reason;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(Ruleset? other) =>
        other is not null && Family == other.Family && Tables == other.Tables && Unreadable == other.Unreadable
        && UnreadableChains == other.UnreadableChains && Dormant == other.Dormant;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, Tables);
}
