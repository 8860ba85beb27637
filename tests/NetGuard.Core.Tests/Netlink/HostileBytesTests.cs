using CsCheck;
using NetGuard.Core.Conntrack;
using NetGuard.Core.Inotify;
using NetGuard.Core.Netlink;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Watch;
using Xunit;

namespace NetGuard.Core.Tests.Netlink;

/// <summary>Whatever bytes come, nothing throws and nothing runs for ever.</summary>
public class HostileBytesTests
{
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 400];

    // A good datagram with some bytes changed, and cut somewhere: what gets further into the parsers than noise does.
    private static readonly Gen<byte[]> Damaged = Gen.Select(Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[0, 6], Gen.Int[0, 1000], (changes, cut) =>
    {
        var bytes = Datagrams.OfEverything();
        foreach (var (at, value) in changes)
        {
            bytes[at % bytes.Length] = value;
        }

        return cut % 3 == 0 ? bytes[..(cut % bytes.Length)] : bytes;
    });

    [Fact]
    public void Noise() => Bytes.Sample(Read, iter: 20_000);

    [Fact]
    public void DamagedMessages() => Damaged.Sample(Read, iter: 20_000);

    [Fact]
    public void LegacyTables() => Gen.Select(Bytes, Gen.UInt, Gen.UInt[0, 300].Array[0, 5]).Sample((bytes, hooks, entries) =>
    {
        foreach (var family in Enum.GetValues<Family>())
        {
            _ = LegacyTable.TryRead(family, TableName.Filter, hooks, entries, bytes, new Dictionary<ChainKey, LegacyChain>());
        }
    }, iter: 10_000);

    private static void Read(byte[] bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        var transaction = new NftTransaction();
        var left = rest.Length;
        while (NetlinkMessage.TryRead(ref rest, out var message))
        {
            Assert.True(rest.Length < left);
            left = rest.Length;
            _ = message.Errno + message.Sequence + message.Port;
            _ = NetconfEvent.TryParse(message, out _);
            if (Connection.TryParse(message, out var connection))
            {
                Assert.NotEmpty(connection.ToString());
            }

            if (NftEvent.TryParse(message, out var change))
            {
                transaction.Add(change, WatchScope.Everything);
            }

            Nested(message.Attributes(Nfnetlink.HeaderLength), 0);
        }

        rest = bytes;
        while (InotifyEvent.TryRead(ref rest, out _))
        {
        }
    }

    private static void Nested(ReadOnlySpan<byte> list, int depth)
    {
        while (depth < 10 && NlAttr.TryRead(ref list, out var attribute))
        {
            _ = attribute.Text.Length + (attribute.TryGetBigEndian(out uint _) ? 1 : 0) + (attribute.TryGetBigEndian(out ulong _) ? 1 : 0);
            Nested(attribute.Value, depth + 1);
        }
    }
}
