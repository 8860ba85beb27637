using NetGuard.Core.Netlink;
using NetGuard.Core.State;

namespace NetGuard.Core.Nftables;

/// <summary>The answer to one commit that is to be expected: to what was known, and to no other.</summary>
public sealed class PromptAnswer
{
    private readonly byte _family;
    private readonly byte[] _table;
    private readonly byte[] _chain;

    /// <summary>Makes it.</summary>
    /// <param name="known">What is there before the commit.</param>
    /// <param name="chain">The chain that it touches.</param>
    /// <param name="commit">What it does.</param>
    /// <param name="batch">What puts that right.</param>
    public PromptAnswer(KnownRuleset known, ChainKey chain, NftTransaction commit, NftBatch batch)
    {
        Known = known;
        Commit = commit;
        Batch = new(batch);
        _family = known.Family == Family.Ipv4 ? Nfnetlink.Ipv4 : Nfnetlink.Ipv6;
        _table = System.Text.Encoding.UTF8.GetBytes(chain.Table.Value);
        _chain = System.Text.Encoding.UTF8.GetBytes(chain.Chain.Value);
    }

    /// <summary>What is there before the commit.</summary>
    public KnownRuleset Known { get; }

    /// <summary>What the commit does.</summary>
    public NftTransaction Commit { get; }

    /// <summary>What puts that right.</summary>
    public PreparedBatch Batch { get; }

    /// <summary>Whether this is the answer: what was told is the whole commit, message by message, and nothing besides.</summary>
    /// <param name="told">The first message of the commit.</param>
    /// <param name="rest">Those behind it.</param>
    public bool IsTo(in NftEvent told, ReadOnlySpan<byte> rest)
    {
        if (Commit.Removed.Count == 0)
        {
            return told.Kind == NfTables.NewChain && IsAbout(told) && told.Policy == Commit.Policies[0].Policy && rest.IsEmpty;
        }

        if (!Removes(told, 0))
        {
            return false;
        }

        for (var i = 1; i < Commit.Removed.Count; i++)
        {
            if (!NetlinkMessage.TryRead(ref rest, out var message) || !NftEvent.TryParse(message, out var next) || !Removes(next, i))
            {
                return false;
            }
        }

        return rest.IsEmpty;
    }

    private bool Removes(in NftEvent told, int which) =>
        told.Kind == NfTables.DeleteRule && told.Handle == Commit.Removed[which].Handle && IsAbout(told);

    private bool IsAbout(in NftEvent told) => told.Family == _family && told.Table.SequenceEqual(_table) && told.Chain.SequenceEqual(_chain);
}
