using System.Buffers.Binary;
using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>
/// A table of iptables-legacy as the kernel holds it, counters apart: linux/netfilter_ipv4/ip_tables.h, linux/netfilter_ipv6/ip6_tables.h,
/// linux/netfilter/x_tables.h. Only good for telling whether a chain is as it was.
/// </summary>
public static class LegacyTable
{
    private const int TargetHeader = 32; // struct xt_entry_target: size, name, revision
    private const int MaxName = 30; // struct xt_error_target
    private static readonly string[] Hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

    /// <summary>Adds each chain's digest: of its policy, its rules and their order, with the names of the chains that they call.</summary>
    /// <param name="family">Whose entries.</param>
    /// <param name="table">The table.</param>
    /// <param name="validHooks">A bit for each built-in chain that it has.</param>
    /// <param name="hookEntries">Where these begin.</param>
    /// <param name="entries">struct ipt_entry, one behind the other.</param>
    /// <param name="digests">Where the digests go.</param>
    /// <returns>False where the bytes are not such a table.</returns>
    public static bool TryDigest(
        Family family, TableName table, uint validHooks, ReadOnlySpan<uint> hookEntries, ReadOnlySpan<byte> entries, IDictionary<ChainKey, ulong> digests)
    {
        var layout = family == Family.Ipv4 ? Layout.Ipv4 : Layout.Ipv6;
        var heads = new Dictionary<int, string>();
        for (var hook = 0; hook < Hooks.Length && hook < hookEntries.Length; hook++)
        {
            if ((validHooks >> hook & 1) != 0 && hookEntries[hook] <= int.MaxValue)
            {
                heads.TryAdd((int)hookEntries[hook], Hooks[hook]);
            }
        }

        // First where the chains begin, since rules call those behind them, too.
        if (!TryFindUserChains(layout, entries, heads))
        {
            return false;
        }

        string? chain = null;
        var digest = 0ul;
        for (var at = 0; at < entries.Length;)
        {
            layout.TryEntry(entries[at..], out var target, out var next);
            if (at + next == entries.Length)
            {
                break; // The kernel's own last entry, which belongs to no chain.
            }

            if (heads.TryGetValue(at, out var begun))
            {
                Finish();
                (chain, digest) = (begun, 1);
            }

            Add(layout.Matched(entries[at..], target), ref digest);
            AddTarget(entries.Slice(at + target, next - target), at + next, heads, ref digest);
            at += next;
        }

        Finish();
        return true;

        void Finish()
        {
            if (chain is not null && ChainName.Fault(chain) is null)
            {
                digests[new(table, new(chain))] = digest;
            }
        }
    }

    private static bool TryFindUserChains(Layout layout, ReadOnlySpan<byte> entries, Dictionary<int, string> heads)
    {
        for (var at = 0; at < entries.Length;)
        {
            if (!layout.TryEntry(entries[at..], out var target, out var next))
            {
                return false;
            }

            var body = entries.Slice(at + target, next - target);
            if (Text(body[2..], TargetHeader - 3).SequenceEqual("ERROR"u8))
            {
                heads[at] = Encoding.UTF8.GetString(Text(body[TargetHeader..], MaxName));
            }

            at += next;
        }

        return true;
    }

    // The standard target's number is where the called chain begins: that moves when another chain grows.
    private static void AddTarget(ReadOnlySpan<byte> target, int following, Dictionary<int, string> heads, ref ulong digest)
    {
        if (target[2] == 0 && target.Length >= TargetHeader + sizeof(int) && Native32(target[TargetHeader..]) is var verdict && verdict <= int.MaxValue)
        {
            // Jumps go to a chain's first rule, which is behind its head; a rule without a target goes to the next rule.
            var head = verdict == following ? "" : HeadBefore(heads, (int)verdict);
            Add(Encoding.UTF8.GetBytes(head), ref digest);
        }
        else
        {
            Add(target, ref digest);
        }
    }

    private static string HeadBefore(Dictionary<int, string> heads, int offset)
    {
        var (best, name) = (-1, "?");
        foreach (var (at, head) in heads)
        {
            if (at <= offset && at > best)
            {
                (best, name) = (at, head);
            }
        }

        return name;
    }

    private static void Add(ReadOnlySpan<byte> bytes, ref ulong digest)
    {
        digest = (digest ^ (uint)bytes.Length) * 0x9E3779B97F4A7C15;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            digest = (ulong.RotateLeft(digest, 27) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9E3779B97F4A7C15;
        }

        foreach (var one in bytes)
        {
            digest = (ulong.RotateLeft(digest, 27) ^ one) * 0x9E3779B97F4A7C15;
        }
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> bytes, int length)
    {
        bytes = bytes[..Math.Min(bytes.Length, length)];
        return bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes;
    }

    private static uint Native32(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ushort Native16(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    /// <param name="Address">Bytes of struct ipt_ip or ip6t_ip6.</param>
    /// <param name="Offsets">Where target_offset and next_offset stand.</param>
    /// <param name="Elements">Where the matches begin, behind the counters.</param>
    private sealed record Layout(int Address, int Offsets, int Elements)
    {
        public static Layout Ipv4 { get; } = new(84, 88, 112);

        public static Layout Ipv6 { get; } = new(136, 140, 168);

        public bool TryEntry(ReadOnlySpan<byte> entry, out int target, out int next)
        {
            target = next = 0;
            if (entry.Length < Elements + TargetHeader)
            {
                return false;
            }

            target = Native16(entry[Offsets..]);
            next = Native16(entry[(Offsets + 2)..]);
            return target >= Elements && next >= target + TargetHeader && next <= entry.Length;
        }

        // A chain's head has nothing to match; a head's own bytes are its name.
        public ReadOnlySpan<byte> Matched(ReadOnlySpan<byte> entry, int target) => entry[..target] is var head && head.Length > Elements
            ? (byte[])[.. head[..Address], .. head[Elements..]]
            : head[..Address];
    }
}
