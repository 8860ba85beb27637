using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.State;
using NetGuard.Netlink;

namespace NetGuard.Benchmarks;

/// <summary>
/// Answers the next commit of all with one datagram that was made beforehand: what any program needs at least that hears of a change of
/// nf_tables and puts it right. Made on a thread that is in the namespace.
/// </summary>
internal sealed class BareAnswer : IDisposable
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private readonly NftTables _tables = NftTables.Open();
    private readonly NetlinkSocket _events = NetlinkSocket.Open(Nlmsg.Netfilter);
    private readonly NetlinkSocket _answers = NetlinkSocket.Open(Nlmsg.Netfilter);
    private readonly Thread _thread;
    private volatile Answer? _armed;
    private volatile bool _failed;
    private volatile bool _stop;

    public BareAnswer()
    {
        _events.EnlargeReceiveBuffer(32 << 20);
        _events.SetReceiveTimeout(Slice);
        _events.Join(Nfnetlink.NftablesGroup);
        _thread = new(Listen) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Makes ready for the loss of a chain's second rule.</summary>
    /// <returns>Whether it has been answered.</returns>
    public Func<bool> ToOneRule(string chain) => Arm(chain, (key, rules, batch) => batch.InsertRuleBehind(Family.Ipv4, key, rules[0].Handle, Body(rules[1])));

    /// <summary>Makes ready for the loss of all rules of a chain.</summary>
    /// <returns>Whether it has been answered.</returns>
    public Func<bool> ToFlush(string chain) => Arm(chain, (key, rules, batch) =>
    {
        foreach (var rule in rules)
        {
            batch.AppendRule(Family.Ipv4, key, Body(rule));
        }
    });

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _events.Dispose();
        _answers.Dispose();
        _tables.Dispose();
    }

    private static byte[] Body(NftRule rule) => NativeTag.Of(rule.Body) ?? rule.Body;

    private Func<bool> Arm(string chain, Action<ChainKey, IReadOnlyList<NftRule>, NftBatch> write)
    {
        var key = new ChainKey(TableName.Filter, new(chain));
        var generation = _tables.ReadGeneration() + 1;
        var batch = new NftBatch(generation);
        write(key, _tables.DumpRules(Family.Ipv4, key), batch);
        _armed = new(generation, batch);
        return () => _failed ? throw new InvalidOperationException($"the bare answer to the break of {chain} was refused") : _armed is null;
    }

    private void Listen()
    {
        var buffer = new byte[128 * 1024];
        while (!_stop)
        {
            try
            {
                ReadOnlySpan<byte> datagram = buffer.AsSpan(0, _events.Receive(buffer, out _));
                while (NetlinkMessage.TryRead(ref datagram, out var message))
                {
                    // Earlier ones are those of the round before.
                    if (_armed is { } answer && NftEvent.TryParse(message, out var change) && change.Generation == answer.Generation)
                    {
                        _answers.Commit(answer.Batch.End(), answer.Batch.LastSequence);
                        _armed = null;
                    }
                }
            }
            catch (NetlinkException e) when (e.IsTimeout)
            {
            }
            catch (NetlinkException)
            {
                _failed = true;
            }
        }
    }

    private sealed record Answer(uint Generation, NftBatch Batch);
}
