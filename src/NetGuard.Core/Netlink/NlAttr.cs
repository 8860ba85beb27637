using System.Buffers.Binary;

namespace NetGuard.Core.Netlink;

/// <summary>One attribute: struct nlattr, linux/netlink.h. Its bytes stay where they are.</summary>
public readonly ref struct NlAttr
{
    private NlAttr(ushort type, ReadOnlySpan<byte> value)
    {
        RawType = type;
        Value = value;
    }

    /// <summary>The type with NLA_F_NESTED and NLA_F_NET_BYTEORDER as it was sent.</summary>
    public ushort RawType { get; }

    /// <summary>The type.</summary>
    public ushort Type => (ushort)(RawType & Nlmsg.TypeMask);

    /// <summary>The value without its padding. Where attributes are nested it is these, to be read in the same way.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>A text's bytes, up to its closing zero.</summary>
    public ReadOnlySpan<byte> Text => Value.IndexOf((byte)0) is >= 0 and var end ? Value[..end] : Value;

    /// <summary>Takes the first attribute off a list. False at its end, and where what follows is not a whole attribute.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out NlAttr attribute)
    {
        attribute = default;
        if (rest.Length < Nlmsg.AttributeHeaderLength)
        {
            return false;
        }

        var length = Native16(rest);
        if (length < Nlmsg.AttributeHeaderLength || length > rest.Length)
        {
            return false;
        }

        attribute = new(Native16(rest[2..]), rest[Nlmsg.AttributeHeaderLength..length]);
        rest = rest[Math.Min(Nlmsg.Align(length), rest.Length)..];
        return true;
    }

    /// <summary>Finds the first attribute of a type; false where there is none before the list ends or breaks.</summary>
    public static bool TryFind(ReadOnlySpan<byte> list, ushort type, out NlAttr attribute)
    {
        while (TryRead(ref list, out attribute))
        {
            if (attribute.Type == type)
            {
                return true;
            }
        }

        attribute = default;
        return false;
    }

    /// <summary>A number of four bytes in network order; false where the value has another length.</summary>
    public bool TryGetBigEndian(out uint number)
    {
        number = 0;
        return Value.Length == sizeof(uint) && BinaryPrimitives.TryReadUInt32BigEndian(Value, out number);
    }

    /// <summary>A number of eight bytes in network order; false where the value has another length.</summary>
    public bool TryGetBigEndian(out ulong number)
    {
        number = 0;
        return Value.Length == sizeof(ulong) && BinaryPrimitives.TryReadUInt64BigEndian(Value, out number);
    }

    /// <summary>A number of four bytes in the machine's order; false where the value has another length.</summary>
    public bool TryGetNative(out int number)
    {
        number = 0;
        return Value.Length == sizeof(int) && (BitConverter.IsLittleEndian
            ? BinaryPrimitives.TryReadInt32LittleEndian(Value, out number)
            : BinaryPrimitives.TryReadInt32BigEndian(Value, out number));
    }

    private static ushort Native16(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
