using NetGuard.Core.Netlink;

namespace NetGuard.Netlink;

/// <summary>
/// Asks which generation of nf_tables is in force (NFT_MSG_GETGEN). An unchanged one means an unchanged ruleset, in all families: every
/// commit counts it up, and nothing else. May be asked by several threads.
/// </summary>
public sealed class GenerationQuery : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _request = new(64);
    private readonly Lock _lock = new();
    private uint _sequence;

    private GenerationQuery(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens the socket it asks through.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static GenerationQuery Open()
    {
        var socket = NetlinkSocket.Open(Nlmsg.Netfilter);
        socket.SetReceiveTimeout(TimeSpan.FromSeconds(2));
        return new(socket);
    }

    /// <summary>The number by which nf_tables knows the thread that asked last: where it is none of ours, we are in a pid namespace of our own.</summary>
    public int AskersNumber { get; private set; }

    /// <summary>The generation; null where the kernel does not say: without nf_tables there is none.</summary>
    public uint? Read()
    {
        lock (_lock)
        {
            _request.Clear();
            _request.NetfilterMessage(NfTables.MessageType(NfTables.GetGeneration), Nlmsg.Request, ++_sequence, Nfnetlink.Unspecified);
            uint? generation = null;
            try
            {
                _socket.Exchange(_request.Written, (in NetlinkMessage message) =>
                {
                    if (NftEvent.TryParse(message, out var told) && told.Kind == NfTables.NewGeneration)
                    {
                        (generation, AskersNumber) = (told.Generation, told.Pid);
                    }
                });
            }
            catch (NetlinkException)
            {
                return null; // Whoever asks takes this for a change.
            }

            return generation;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
