using System.Buffers.Binary;
using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>
/// A table of iptables-legacy as the kernel holds it, counters apart: linux/netfilter_ipv4/ip_tables.h, linux/netfilter_ipv6/ip6_tables.h,
/// linux/netfilter/x_tables.h. Good for telling whether a chain is as it was, and for knowing a rule again.
/// </summary>
public static class LegacyTable
{
    private const int TargetHeader = 32; // struct xt_entry_target: size, name, revision
    private const int MaxName = 30; // struct xt_error_target
    private const int Accepts = -2; // -NF_ACCEPT - 1
    private const int Drops = -1; // -NF_DROP - 1
    private static readonly string[] Hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

    // Their bytes hold the number of something that is kept elsewhere: by tomorrow it may be another's.
    private static readonly string[] Indirect = ["bpf", "cgroup", "nfacct", "rateest", "RATEEST", "set", "SET", "IDLETIMER", "LED"];

    /// <summary>Adds each chain: the digests of its policy, of its rules and of their order, with the names of the chains that they call.</summary>
    /// <param name="family">Whose entries.</param>
    /// <param name="table">The table.</param>
    /// <param name="validHooks">A bit for each built-in chain that it has.</param>
    /// <param name="hookEntries">Where these begin.</param>
    /// <param name="entries">struct ipt_entry, one behind the other.</param>
    /// <param name="chains">Where the chains go.</param>
    /// <returns>False where the bytes are not such a table.</returns>
    public static bool TryRead(
        Family family, TableName table, uint validHooks, ReadOnlySpan<uint> hookEntries, ReadOnlySpan<byte> entries, IDictionary<ChainKey, LegacyChain> chains)
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
        var verdict = 0;
        var rules = new List<ulong>();
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
                rules.Clear();
            }

            var one = 1ul;
            var body = entries.Slice(at + target, next - target);
            Add(layout.Matched(entries[at..], target), ref one);
            AddTarget(body, at + next, heads, ref one);
            digest = (ulong.RotateLeft(digest, 27) ^ one) * 0x9E3779B97F4A7C15;
            rules.Add(IsIndirect(body) || layout.AnyMatch(entries[at..], target, IsIndirect) ? LegacyChain.Unknowable : one);
            verdict = body.Length >= TargetHeader + sizeof(int) ? (int)Native32(body[TargetHeader..]) : 0;
            at += next;
        }

        Finish();
        return true;

        void Finish()
        {
            if (chain is null || ChainName.Fault(chain) is not null)
            {
                return;
            }

            // Behind the rules stands the policy, or the return from a user-made chain; before those of the latter, its head.
            var isBuiltin = Array.IndexOf(Hooks, chain) >= 0;
            var first = isBuiltin ? 0 : 1;
            ChainPolicy? policy = isBuiltin && verdict is Accepts or Drops ? verdict == Accepts ? ChainPolicy.Accept : ChainPolicy.Drop : null;
            chains[new(table, new(chain))] = new(digest, policy, rules.Count > first ? [.. rules[first..^1]] : []);
        }
    }

    private static bool IsIndirect(ReadOnlySpan<byte> element)
    {
        var name = Text(element[sizeof(ushort)..], TargetHeader - 3);
        foreach (var indirect in Indirect)
        {
            if (System.Text.Ascii.Equals(name, indirect))
            {
                return true;
            }
        }

        return false;
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

        /// <summary>Whether any match is one of these. A length that cannot be counts as one: whatever follows is not known.</summary>
        public bool AnyMatch(ReadOnlySpan<byte> entry, int target, Func<ReadOnlySpan<byte>, bool> isSuch)
        {
            for (var at = Elements; at < target;)
            {
                var length = Native16(entry[at..]);
                if (length < TargetHeader || length > target - at || isSuch(entry.Slice(at, length)))
                {
                    return true;
                }

                at += length;
            }

            return false;
        }

        // A chain's head has nothing to match; a head's own bytes are its name.
        public ReadOnlySpan<byte> Matched(ReadOnlySpan<byte> entry, int target) => entry[..target] is var head && head.Length > Elements
            ? (byte[])[.. head[..Address], .. head[Elements..]]
            : head[..Address];
    }
}
