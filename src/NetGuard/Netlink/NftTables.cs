using NetGuard.Core.Netlink;
using NetGuard.Core.State;

namespace NetGuard.Netlink;

/// <summary>What to do with one rule of a chain. The body is only there during the call.</summary>
public delegate void RuleVisitor(ulong handle, ReadOnlySpan<byte> body);

/// <summary>
/// The tables of nf_tables, read and written without a process. They are those of the network namespace of the thread that opens this.
/// May be used by several threads; they take turns.
/// </summary>
public sealed class NftTables : IDisposable
{
    private const int Eio = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _request = new(512);
    private readonly byte[] _body = new byte[NetlinkSocket.LongestAnswer];
    private readonly Lock _lock = new();
    private uint _sequence;

    private NftTables(NetlinkSocket socket) => _socket = socket;

    /// <summary>The number of the socket that all goes through: the kernel puts it into what it tells of our changes.</summary>
    public uint Port => _socket.Port;

    /// <summary>Opens the socket that all goes through.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static NftTables Open()
    {
        var socket = NetlinkSocket.Open(Nlmsg.Netfilter);
        socket.SetReceiveTimeout(Patience);
        return new(socket);
    }

    /// <summary>The generation that is in force.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public uint ReadGeneration()
    {
        lock (_lock)
        {
            Ask(NfTables.GetGeneration, Nlmsg.Request, Nfnetlink.Unspecified);
            uint? generation = null;
            _socket.Exchange(_request.Written, (in NetlinkMessage message) =>
                generation = NftEvent.TryParse(message, out var told) && told.Kind == NfTables.NewGeneration ? told.Generation : null);
            return generation ?? throw new NetlinkException("nf_tables does not tell its generation", Eio);
        }
    }

    /// <summary>One table; null where it is not there.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public NftTable? FindTable(Family family, TableName table)
    {
        lock (_lock)
        {
            Ask(NfTables.GetTable, Nlmsg.Request, Number(family));
            _request.Text(NfTables.TableName, table.Value);
            NftTable? found = null;
            try
            {
                _socket.Exchange(_request.Written, (in NetlinkMessage message) => found = NftTable.Parse(message));
            }
            catch (NetlinkException e) when (e.IsAbsent)
            {
                return null;
            }

            return found ?? throw new NetlinkException($"nf_tables tells of the table {table} what cannot be read", Eio);
        }
    }

    /// <summary>One chain; null where it is not there.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public NftChain? FindChain(Family family, ChainKey key)
    {
        lock (_lock)
        {
            Ask(NfTables.GetChain, Nlmsg.Request, Number(family));
            _request.Text(NfTables.ChainTable, key.Table.Value);
            _request.Text(NfTables.ChainName, key.Chain.Value);
            NftChain? found = null;
            try
            {
                _socket.Exchange(_request.Written, (in NetlinkMessage message) => found = NftChain.Parse(message));
            }
            catch (NetlinkException e) when (e.IsAbsent)
            {
                return null;
            }

            return found ?? throw new NetlinkException($"nf_tables tells of {key} what cannot be read", Eio);
        }
    }

    /// <summary>All chains of all tables of a family.</summary>
    /// <exception cref="NetlinkException">The kernel refuses, or a commit came in between.</exception>
    public IReadOnlyList<NftChain> DumpChains(Family family)
    {
        lock (_lock)
        {
            Ask(NfTables.GetChain, Nlmsg.Request | Nlmsg.Dump, Number(family));
            var chains = new List<NftChain>();
            _socket.Exchange(_request.Written, (in NetlinkMessage message) =>
                chains.Add(NftChain.Parse(message) ?? throw new NetlinkException("nf_tables tells of a chain what cannot be read", Eio)));
            return chains;
        }
    }

    /// <summary>The rules of one chain, in their order; none where there is no such chain.</summary>
    /// <exception cref="NetlinkException">The kernel refuses, or a commit came in between.</exception>
    public IReadOnlyList<NftRule> DumpRules(Family family, ChainKey key)
    {
        var rules = new List<NftRule>();
        VisitRules(family, key, (handle, body) => rules.Add(new(handle, body.ToArray())));
        return rules;
    }

    /// <summary>The same, without keeping anything.</summary>
    /// <exception cref="NetlinkException">The kernel refuses, or a commit came in between.</exception>
    public void VisitRules(Family family, ChainKey key, RuleVisitor visit)
    {
        lock (_lock)
        {
            Ask(NfTables.GetRule, Nlmsg.Request | Nlmsg.Dump, Number(family));
            _request.Text(NfTables.RuleTable, key.Table.Value);
            _request.Text(NfTables.RuleChain, key.Chain.Value);
            try
            {
                _socket.Exchange(_request.Written, (in NetlinkMessage message) =>
                {
                    if (!NftRuleBody.TryCopy(message, _body, out var length, out var handle))
                    {
                        throw new NetlinkException($"nf_tables tells of a rule in {key} what cannot be read", Eio);
                    }

                    visit(handle, _body.AsSpan(0, length));
                });
            }
            catch (NetlinkException e) when (e.IsAbsent)
            {
                // Some kernels answer so, others with nothing.
            }
        }
    }

    /// <summary>Has the kernel make all changes in one commit.</summary>
    /// <exception cref="NetlinkException">
    /// It made none: another generation is in force than the batch is for (<see cref="NetlinkException.IsInterrupted"/>), or it refuses one of them.
    /// </exception>
    public void Commit(NftBatch batch)
    {
        lock (_lock)
        {
            _socket.Commit(batch.End(), batch.LastSequence);
        }
    }

    /// <summary>The same with a batch that was made beforehand.</summary>
    /// <param name="batch">The changes.</param>
    /// <param name="generation">The generation that they are for.</param>
    /// <exception cref="NetlinkException">As for any other.</exception>
    public void Commit(PreparedBatch batch, uint generation)
    {
        lock (_lock)
        {
            _socket.Commit(batch.For(generation), batch.LastSequence);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Ask(byte message, ushort flags, byte family)
    {
        _request.Clear();
        _request.NetfilterMessage(NfTables.MessageType(message), flags, ++_sequence, family);
    }

    private static byte Number(Family family) => family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6;
}
