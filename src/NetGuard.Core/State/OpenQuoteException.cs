namespace NetGuard.Core.State;

/// <summary>A quote is opened in a text and never closed.</summary>
/// <param name="offset">The index of the quote.</param>
public sealed class OpenQuoteException(int offset) : FormatException($"the quote at character {offset + 1} is never closed")
{
    /// <summary>The index of the quote.</summary>
    public int Offset { get; } = offset;
}
