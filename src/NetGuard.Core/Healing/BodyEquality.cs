namespace NetGuard.Core.Healing;

/// <summary>Compares rules by their bytes.</summary>
public sealed class BodyEquality : IEqualityComparer<ReadOnlyMemory<byte>>
{
    /// <summary>The only one.</summary>
    public static BodyEquality Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlyMemory<byte> body)
    {
        var hash = default(HashCode);
        hash.AddBytes(body.Span);
        return hash.ToHashCode();
    }
}
