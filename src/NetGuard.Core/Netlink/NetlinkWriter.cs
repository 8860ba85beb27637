using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace NetGuard.Core.Netlink;

/// <summary>Writes messages one behind the other, ready to be sent as one datagram. May be used again after <see cref="Clear"/>.</summary>
/// <param name="capacity">Bytes to begin with; it grows.</param>
public sealed class NetlinkWriter(int capacity = 4096)
{
    private byte[] _buffer = new byte[capacity];
    private int _length;
    private int _message = -1;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Forgets what has been written.</summary>
    public void Clear() => (_length, _message) = (0, -1);

    /// <summary>Begins a message, and ends the one before.</summary>
    public void Message(ushort type, ushort flags, uint sequence)
    {
        _message = _length;
        var header = Take(Nlmsg.HeaderLength);
        MemoryMarshal.Write(header, (uint)Nlmsg.HeaderLength);
        MemoryMarshal.Write(header[4..], type);
        MemoryMarshal.Write(header[6..], flags);
        MemoryMarshal.Write(header[8..], sequence);
        MemoryMarshal.Write(header[12..], 0u);
    }

    /// <summary>Adds a flag to the message that was begun last.</summary>
    public void Flag(ushort flag) =>
        MemoryMarshal.Write(_buffer.AsSpan(_message + 6), (ushort)(MemoryMarshal.Read<ushort>(_buffer.AsSpan(_message + 6)) | flag));

    /// <summary>Begins a message of netfilter: the header and struct nfgenmsg.</summary>
    /// <param name="type">As <see cref="NfTables.MessageType"/> makes it.</param>
    /// <param name="flags">Netlink's flags.</param>
    /// <param name="sequence">What the answer will bear.</param>
    /// <param name="family">NFPROTO_...</param>
    /// <param name="resource">res_id, in the machine's order; sent in network order.</param>
    public void NetfilterMessage(ushort type, ushort flags, uint sequence, byte family, ushort resource = 0)
    {
        Message(type, flags, sequence);
        var header = Append(Nfnetlink.HeaderLength);
        header[0] = family;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], resource);
    }

    /// <summary>Writes bytes that are neither header nor attribute.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    /// <summary>Writes an attribute.</summary>
    public void Attribute(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Open(type, value.Length));

    /// <summary>Writes a text with its closing zero.</summary>
    public void Text(ushort type, string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        var room = Open(type, length + 1);
        Encoding.UTF8.GetBytes(value, room);
        room[length] = 0;
    }

    /// <summary>Writes four bytes in network order.</summary>
    public void BigEndian(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Open(type, sizeof(uint)), value);

    /// <summary>Writes eight bytes in network order.</summary>
    public void BigEndian(ushort type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Open(type, sizeof(ulong)), value);

    /// <summary>Begins an attribute whose value is attributes.</summary>
    /// <returns>What <see cref="EndNested"/> wants.</returns>
    public int BeginNested(ushort type)
    {
        var start = _length;
        Open((ushort)(type | Nlmsg.Nested), 0);
        return start;
    }

    /// <summary>Ends it.</summary>
    /// <exception cref="InvalidOperationException">It has become longer than an attribute can be: 65535 bytes.</exception>
    public void EndNested(int start) => MemoryMarshal.Write(_buffer.AsSpan(start), Length16(_length - start));

    private Span<byte> Open(ushort type, int length)
    {
        var whole = Length16(Nlmsg.AttributeHeaderLength + length);
        var header = Append(whole);
        MemoryMarshal.Write(header, whole);
        MemoryMarshal.Write(header[2..], type);
        return header[Nlmsg.AttributeHeaderLength..whole];
    }

    private static ushort Length16(int length) => length <= ushort.MaxValue
        ? (ushort)length
        : throw new InvalidOperationException($"a netlink attribute of {length} bytes: it can have {ushort.MaxValue}");

    private Span<byte> Append(int length)
    {
        if (_message < 0)
        {
            throw new InvalidOperationException("no message has been begun");
        }

        var room = Take(length);
        MemoryMarshal.Write(_buffer.AsSpan(_message), (uint)(_length - _message));
        return room;
    }

    // With the padding, which is zero.
    private Span<byte> Take(int length)
    {
        var whole = Nlmsg.Align(length);
        if (_length + whole > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + whole));
        }

        var room = _buffer.AsSpan(_length, whole);
        room.Clear();
        _length += whole;
        return room;
    }
}
