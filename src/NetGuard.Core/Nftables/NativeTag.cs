using System.Runtime.InteropServices;
using NetGuard.Core.Netlink;

namespace NetGuard.Core.Nftables;

/// <summary>
/// NetGuard's tag as nf_tables' own comment in the rule's user data, in the place of the extension "comment" of xtables. iptables prints
/// the one like the other.
/// </summary>
/// <remarks>
/// The kernel makes no rule with an extension of xtables while rules that were removed wait to be freed, which takes an RCU grace
/// period: 5 to 15 ms (nft_compat_wait_for_destructors in net/netfilter/nft_compat.c). Just behind a removal is where repairs are made.
/// </remarks>
public static class NativeTag
{
    private const ushort MatchInfo = 3; // NFTA_MATCH_INFO: struct xt_comment_info, a text of 256 bytes
    private const byte Comment = 0; // NFTNL_UDATA_RULE_COMMENT: type, length, text with its closing zero
    private const int LongestComment = 254;

    /// <summary>The same rule without any extension of xtables; null where it has others than the tag, or none.</summary>
    public static byte[]? Of(ReadOnlySpan<byte> body)
    {
        if (!NlAttr.TryFind(body, NfTables.RuleExpressions, out var list) || NlAttr.TryFind(body, NfTables.RuleUserData, out _))
        {
            return null;
        }

        var native = new byte[body.Length + Nlmsg.Align(Nlmsg.AttributeHeaderLength + 3 + LongestComment)];
        var length = Nlmsg.AttributeHeaderLength;
        ReadOnlySpan<byte> tag = default;
        for (var rest = list.Value; !rest.IsEmpty;)
        {
            var at = rest;
            if (!NlAttr.TryRead(ref rest, out var element) || !NlAttr.TryFind(element.Value, NfTables.ExpressionName, out var name))
            {
                return null;
            }

            if (name.Text.SequenceEqual("match"u8) && tag.IsEmpty && TagIn(element.Value) is { Length: > 0 and <= LongestComment } found)
            {
                tag = found;
            }
            else if (name.Text.SequenceEqual("match"u8) || name.Text.SequenceEqual("target"u8))
            {
                return null;
            }
            else
            {
                var whole = at[..^rest.Length];
                whole.CopyTo(native.AsSpan(length));
                length += whole.Length;
            }
        }

        if (tag.IsEmpty)
        {
            return null;
        }

        Head(native, NfTables.RuleExpressions | Nlmsg.Nested, length);
        length = Nlmsg.Align(length);
        var data = native.AsSpan(length);
        Head(data, NfTables.RuleUserData, Nlmsg.AttributeHeaderLength + 3 + tag.Length);
        data[Nlmsg.AttributeHeaderLength] = Comment;
        data[Nlmsg.AttributeHeaderLength + 1] = (byte)(tag.Length + 1);
        tag.CopyTo(data[(Nlmsg.AttributeHeaderLength + 2)..]);
        length += Nlmsg.Align(Nlmsg.AttributeHeaderLength + 3 + tag.Length);
        return native[..length];
    }

    // Empty where the match is another, or the comment is not NetGuard's.
    private static ReadOnlySpan<byte> TagIn(ReadOnlySpan<byte> element) =>
        NlAttr.TryFind(element, NfTables.ExpressionData, out var data)
        && NlAttr.TryFind(data.Value, NfTables.ExtensionName, out var name) && name.Text.SequenceEqual("comment"u8)
        && NlAttr.TryFind(data.Value, MatchInfo, out var info) && info.Text.StartsWith(TagPrefix)
            ? info.Text
            : default;

    private static ReadOnlySpan<byte> TagPrefix => "netguard:"u8;

    private static void Head(Span<byte> attribute, int type, int length)
    {
        MemoryMarshal.Write(attribute, (ushort)length);
        MemoryMarshal.Write(attribute[2..], (ushort)type);
    }
}
