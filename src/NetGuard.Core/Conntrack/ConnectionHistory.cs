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
    private const int MaxBlockades = 8;

    private readonly List<Blockade> _blockades = [];
    private HashSet<(uint, byte, Flow)> _older = [];

    // With policy routing this can be every connection: the numbers alone have to do. They only keep one from being told of.
    private HashSet<uint> _olderUndecided = [];

    /// <summary>Whether it is known which connections are older.</summary>
    public bool IsKnown => _blockades.Count > 0;

    /// <summary>Takes note of what stands, all of it verified. True where the connections have to be counted: <see cref="Begin"/>.</summary>
    public bool Stands(Blockade blockade)
    {
        if (blockade.IsOpen)
        {
            _blockades.Clear();
            (_older, _olderUndecided) = ([], []);
            return false;
        }

        if (_blockades.Count == 0 || _blockades[^1].Refusals != blockade.Refusals || _blockades.Count >= MaxBlockades && _blockades[^1] != blockade)
        {
            return true;
        }

        if (_blockades[^1] != blockade)
        {
            _blockades.Add(blockade);
        }

        return false;
    }

    /// <summary>Begins anew: these are there, and will neither be cut nor told of.</summary>
    /// <param name="blockade">What stands.</param>
    /// <param name="forbidden">Those that it forbids.</param>
    /// <param name="undecided">The numbers of those that it may forbid.</param>
    /// <returns>False where there are too many to remember.</returns>
    public bool Begin(Blockade blockade, IEnumerable<Connection> forbidden, IEnumerable<uint> undecided)
    {
        _blockades.Clear();
        _older = [.. forbidden.Select(Key)];
        _olderUndecided = [.. undecided.Take(MaxOlder)];
        if (_older.Count > MaxOlder)
        {
            (_older, _olderUndecided) = ([], []);
            return false;
        }

        _blockades.Add(blockade);
        return true;
    }

    /// <summary>Takes note of connections of which it could not be told: they are told of once.</summary>
    public void Tolerate(IEnumerable<uint> undecided) => _olderUndecided.UnionWith(undecided.Take(Math.Max(0, MaxOlder - _olderUndecided.Count)));

    /// <summary>Whether a connection that is forbidden now was opened while the DROP was missing.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="judge">What a blockade makes of it.</param>
    public bool WasOpenedInAGap(Connection connection, Func<Blockade, Judgement> judge) =>
        IsKnown && !_older.Contains(Key(connection)) && !_olderUndecided.Contains(connection.Id) && _blockades.TrueForAll(blockade => judge(blockade) == Judgement.Forbidden);

    /// <summary>Whether a connection, of which it cannot be told whether it is forbidden, was not there yet when they were counted.</summary>
    public bool MayHaveBeenOpenedInAGap(Connection undecided) => IsKnown && !_olderUndecided.Contains(undecided.Id) && !_older.Contains(Key(undecided));

    private static (uint, byte, Flow) Key(Connection connection) => (connection.Id, connection.Protocol, connection.Original);
}
