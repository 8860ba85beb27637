namespace NetGuard.Core.Conntrack;

/// <summary>
/// Tells the connections that were opened while a declared DROP was missing from older ones. Connection tracking does not say when an entry
/// was made (nf_conntrack_timestamp is off by default, and a kernel setting is the administrator's). It need not: while the DROP
/// stands, no connection that it forbids can be opened. So those that it forbids and that are there are either older than it, and were
/// counted when it was put up, or were opened in a gap.
/// </summary>
public sealed class ConnectionHistory
{
    /// <summary>More connections than these are not remembered: then none is cut.</summary>
    public const int MaxOlder = 100_000;

    // Strangers' rules before the DROP decide as well. Each form that they have had is asked; when there are too many, it is counted anew.
    private const int MaxBarriers = 8;

    private readonly List<Barrier> _barriers = [];
    private HashSet<(uint, byte, Flow)> _older = [];

    /// <summary>Whether it is known which connections are older.</summary>
    public bool IsKnown => _barriers.Count > 0;

    /// <summary>Takes note of what stands, all of it verified. True where the connections have to be counted: <see cref="Begin"/>.</summary>
    public bool Stands(Barrier barrier)
    {
        if (barrier.IsOpen)
        {
            _barriers.Clear();
            _older = [];
            return false;
        }

        if (_barriers.Count == 0 || _barriers[^1].Refusals != barrier.Refusals || _barriers.Count >= MaxBarriers && _barriers[^1] != barrier)
        {
            return true;
        }

        if (_barriers[^1] != barrier)
        {
            _barriers.Add(barrier);
        }

        return false;
    }

    /// <summary>Begins anew: these are there though they are forbidden, and will not be cut.</summary>
    /// <returns>False where there are too many to remember.</returns>
    public bool Begin(Barrier barrier, IEnumerable<Connection> forbidden)
    {
        _barriers.Clear();
        _older = [.. forbidden.Select(Key)];
        if (_older.Count > MaxOlder)
        {
            _older = [];
            return false;
        }

        _barriers.Add(barrier);
        return true;
    }

    /// <summary>Whether a connection that is forbidden now was opened while the DROP was missing.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="judge">What a barrier makes of it.</param>
    public bool WasOpenedInAGap(Connection connection, Func<Barrier, Judgement> judge) =>
        IsKnown && !_older.Contains(Key(connection)) && _barriers.TrueForAll(barrier => judge(barrier) == Judgement.Forbidden);

    private static (uint, byte, Flow) Key(Connection connection) => (connection.Id, connection.Protocol, connection.Original);
}
