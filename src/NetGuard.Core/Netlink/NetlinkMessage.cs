using System.Buffers.Binary;

namespace NetGuard.Core.Netlink;

/// <summary>One message of a datagram: struct nlmsghdr, linux/netlink.h. Its bytes stay where they are.</summary>
public readonly ref struct NetlinkMessage
{
    private readonly ReadOnlySpan<byte> _bytes;

    private NetlinkMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>nlmsg_type. The header is in the machine's byte order.</summary>
    public ushort Type => Native16(_bytes[4..]);

    /// <summary>nlmsg_flags.</summary>
    public ushort Flags => Native16(_bytes[6..]);

    /// <summary>nlmsg_seq: that of the request that it answers; 0 where it answers none.</summary>
    public uint Sequence => Native32(_bytes[8..]);

    /// <summary>nlmsg_pid: the port of the socket that it is for, or whose request caused it.</summary>
    public uint Port => Native32(_bytes[12..]);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Nlmsg.HeaderLength..];

    /// <summary>The errno of NLMSG_ERROR (0 is an acknowledgement) or NLMSG_DONE, as a positive number; 0 for any other message.</summary>
    public int Errno => Type is Nlmsg.Error or Nlmsg.Done && Payload.Length >= sizeof(int)
        ? unchecked(-(int)Native32(Payload))
        : 0;

    /// <summary>The attributes behind a fixed header of so many bytes; none where the message is too short.</summary>
    public ReadOnlySpan<byte> Attributes(int headerLength) =>
        Payload.Length <= Nlmsg.Align(headerLength) ? default : Payload[Nlmsg.Align(headerLength)..];

    /// <summary>
    /// Takes the first message off a datagram. False at its end, and where what follows is not a whole message:
    /// then <paramref name="rest"/> is not empty.
    /// </summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out NetlinkMessage message)
    {
        message = default;
        if (rest.Length < Nlmsg.HeaderLength)
        {
            return false;
        }

        var length = Native32(rest);
        if (length < Nlmsg.HeaderLength || length > (uint)rest.Length)
        {
            return false;
        }

        message = new(rest[..(int)length]);
        rest = rest[Math.Min(Nlmsg.Align((int)length), rest.Length)..];
        return true;
    }

    private static ushort Native16(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Native32(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
