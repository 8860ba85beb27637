using System.Buffers.Binary;

namespace NetGuard.Core.Netlink;

/// <summary>A batch that is made before it is known for which generation. Not for several threads at once.</summary>
/// <param name="batch">The changes, whatever generation they were made for; nothing can be added any more.</param>
public sealed class PreparedBatch(NftBatch batch)
{
    private readonly byte[] _datagram = batch.End().ToArray();

    /// <summary>The message that ends it bears this number; so does the answer to it.</summary>
    public uint LastSequence { get; } = batch.LastSequence;

    /// <summary>The datagram for a generation: the same bytes each time, with the generation written in.</summary>
    public ReadOnlySpan<byte> For(uint generation)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_datagram.AsSpan(NftBatch.GenerationAt), generation);
        return _datagram;
    }
}
