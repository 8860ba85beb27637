using System.Buffers.Binary;

namespace NetGuard.Core.Nftables;

/// <summary>
/// 128 bits that stand for a rule's body: a body has several hundred bytes, and there may be ten thousand. They are others in each run of the
/// program, so that nobody can make a rule that is taken for another.
/// </summary>
internal static class BodyDigest
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xC2B2AE3D27D4EB4F;
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    public static UInt128 Of(ReadOnlySpan<byte> body)
    {
        var (one, other) = (Seed ^ (uint)body.Length, ~Seed + (uint)body.Length);
        for (; body.Length >= sizeof(ulong); body = body[sizeof(ulong)..])
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(body), ref one, ref other);
        }

        foreach (var rest in body)
        {
            Mix(rest, ref one, ref other);
        }

        Mix(Second, ref one, ref other);
        return new(one ^ one >> 29, other ^ other >> 32);
    }

    private static void Mix(ulong word, ref ulong one, ref ulong other)
    {
        one = (ulong.RotateLeft(one, 27) ^ word) * First;
        other = (ulong.RotateLeft(other, 31) + word) * Second ^ one >> 33;
    }
}
