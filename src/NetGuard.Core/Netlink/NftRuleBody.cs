using System.Runtime.InteropServices;

namespace NetGuard.Core.Netlink;

/// <summary>
/// What makes a rule of nf_tables what it is, as the attributes in which the kernel dumps it and takes it back: NFTA_RULE_EXPRESSIONS with
/// all counters at zero, and NFTA_RULE_USERDATA. Two rules of one family with the same body do the same and look the same.
/// </summary>
public static class NftRuleBody
{
    private const ushort CounterBytes = 1; // NFTA_COUNTER_BYTES
    private const ushort CounterPackets = 2; // NFTA_COUNTER_PACKETS
    private const uint L4Protocol = 16; // NFT_META_L4PROTO
    private const uint NetworkHeader = 1; // NFT_PAYLOAD_NETWORK_HEADER
    private const uint InvertedFlag = 2; // NFT_RULE_COMPAT_F_INV

    /// <summary>Takes the body out of NEWRULE.</summary>
    /// <param name="message">The message.</param>
    /// <param name="buffer">Where the body goes; as long as the message.</param>
    /// <param name="length">How many bytes of the buffer are its.</param>
    /// <param name="handle">The rule's number, never given twice in a table.</param>
    /// <returns>False where the message is about something else, or broken.</returns>
    public static bool TryCopy(in NetlinkMessage message, Span<byte> buffer, out int length, out ulong handle)
    {
        (length, handle) = (0, 0);
        var list = message.Attributes(Nfnetlink.HeaderLength);
        if (message.Type != NfTables.MessageType(NfTables.NewRule)
            || !NlAttr.TryFind(list, NfTables.RuleHandle, out var number) || !number.TryGetBigEndian(out handle))
        {
            return false;
        }

        if (NlAttr.TryFind(list, NfTables.RuleExpressions, out var expressions))
        {
            ZeroCounters(Put(buffer, NfTables.RuleExpressions | Nlmsg.Nested, expressions.Value, ref length));
        }

        if (NlAttr.TryFind(list, NfTables.RuleUserData, out var userData))
        {
            Put(buffer, NfTables.RuleUserData, userData.Value, ref length);
        }

        return true;
    }

    /// <summary>The names of a body's expressions, in their order; for an extension of xtables <c>match NAME</c> or <c>target NAME</c>.</summary>
    public static IEnumerable<string> ExpressionNames(ReadOnlySpan<byte> body)
    {
        var names = new List<string>();
        var expressions = Expressions(body);
        while (NlAttr.TryRead(ref expressions, out var element))
        {
            if (!NlAttr.TryFind(element.Value, NfTables.ExpressionName, out var name))
            {
                names.Add("");
                continue;
            }

            // NFTA_MATCH_NAME and NFTA_TARGET_NAME have the same number.
            var text = NftText.Of(name);
            var isExtension = text is "match" or "target" && NlAttr.TryFind(element.Value, NfTables.ExpressionData, out var data)
                && NlAttr.TryFind(data.Value, NfTables.ExtensionName, out name);
            names.Add(isExtension ? $"{text} {NftText.Of(name)}" : text);
        }

        return names;
    }

    /// <summary>
    /// The protocol that the rule is for, as NFTA_RULE_COMPAT wants it. The kernel does not give that attribute back, and refuses an
    /// extension that is for one protocol only where it is missing.
    /// </summary>
    /// <returns>False where the rule is for any protocol.</returns>
    public static bool TryGetProtocol(ReadOnlySpan<byte> body, out uint protocol, out uint flags)
    {
        (protocol, flags) = (0, 0);
        var expressions = Expressions(body);
        var loaded = false;
        while (NlAttr.TryRead(ref expressions, out var element))
        {
            if (!NlAttr.TryFind(element.Value, NfTables.ExpressionName, out var name)
                || !NlAttr.TryFind(element.Value, NfTables.ExpressionData, out var data))
            {
                loaded = false;
            }
            else if (name.Text.SequenceEqual("cmp"u8) && loaded)
            {
                return TryGetCompared(data.Value, out protocol, out flags);
            }
            else
            {
                loaded = name.Text.SequenceEqual("meta"u8) ? IsProtocolsMeta(data.Value) : name.Text.SequenceEqual("payload"u8) && IsProtocolsPlace(data.Value);
            }
        }

        return false;
    }

    private static bool TryGetCompared(ReadOnlySpan<byte> cmp, out uint protocol, out uint flags)
    {
        (protocol, flags) = (0, 0);
        if (!NlAttr.TryFind(cmp, 3, out var data) || !NlAttr.TryFind(data.Value, 1, out var value) || value.Value.Length != 1) // NFTA_CMP_DATA, NFTA_DATA_VALUE
        {
            return false;
        }

        protocol = value.Value[0];
        flags = Number(cmp, 2) == 1 ? InvertedFlag : 0; // NFTA_CMP_OP, NFT_CMP_NEQ
        return true;
    }

    // NFTA_META_KEY.
    private static bool IsProtocolsMeta(ReadOnlySpan<byte> meta) => Number(meta, 2) == L4Protocol;

    // NFTA_PAYLOAD_BASE, _OFFSET, _LEN: in the header of IPv4, or of IPv6 where no extension header follows.
    private static bool IsProtocolsPlace(ReadOnlySpan<byte> payload) =>
        Number(payload, 2) == NetworkHeader && Number(payload, 3) is 9 or 6 && Number(payload, 4) == 1;

    private static uint? Number(ReadOnlySpan<byte> list, ushort type) =>
        NlAttr.TryFind(list, type, out var attribute) && attribute.TryGetBigEndian(out uint number) ? number : null;

    private static ReadOnlySpan<byte> Expressions(ReadOnlySpan<byte> body) =>
        NlAttr.TryFind(body, NfTables.RuleExpressions, out var expressions) ? expressions.Value : default;

    private static Span<byte> Put(Span<byte> buffer, int type, ReadOnlySpan<byte> value, ref int length)
    {
        var whole = Nlmsg.AttributeHeaderLength + value.Length;
        var room = buffer.Slice(length, Nlmsg.Align(whole));
        room.Clear();
        MemoryMarshal.Write(room, (ushort)whole);
        MemoryMarshal.Write(room[2..], (ushort)type);
        value.CopyTo(room[Nlmsg.AttributeHeaderLength..]);
        length += room.Length;
        return room[Nlmsg.AttributeHeaderLength..whole];
    }

    // What a rule has counted is no part of what it is, and a new one begins at zero.
    private static void ZeroCounters(Span<byte> expressions)
    {
        for (ReadOnlySpan<byte> rest = expressions; NlAttr.TryRead(ref rest, out var element);)
        {
            if (NlAttr.TryFind(element.Value, NfTables.ExpressionName, out var name) && name.Text.SequenceEqual("counter"u8)
                && NlAttr.TryFind(element.Value, NfTables.ExpressionData, out var counter))
            {
                Zero(expressions, counter.Value, CounterBytes);
                Zero(expressions, counter.Value, CounterPackets);
            }
        }
    }

    private static void Zero(Span<byte> expressions, ReadOnlySpan<byte> counter, ushort type)
    {
        if (NlAttr.TryFind(counter, type, out var count) && ((ReadOnlySpan<byte>)expressions).Overlaps(count.Value, out var at))
        {
            expressions.Slice(at, count.Value.Length).Clear();
        }
    }
}
