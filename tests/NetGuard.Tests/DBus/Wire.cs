using System.Buffers.Binary;
using System.Text;

namespace NetGuard.Tests.DBus;

/// <summary>Bytes as D-Bus lays them out, little-endian; independent of the library under test.</summary>
internal sealed class Wire
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public int Length => _bytes.Count;

    public Wire Byte(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public Wire UInt32(uint value)
    {
        Align(4);
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        _bytes.AddRange(four);
        return this;
    }

    public Wire Boolean(bool value) => UInt32(value ? 1u : 0u);

    public Wire String(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        UInt32((uint)bytes.Length)._bytes.AddRange([.. bytes, 0]);
        return this;
    }

    public Wire Signature(string text)
    {
        _bytes.AddRange([(byte)text.Length, .. Encoding.ASCII.GetBytes(text), 0]);
        return this;
    }

    public Wire Align(int to)
    {
        while (_bytes.Count % to != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    public Wire Raw(IEnumerable<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Writes a number over what is there.</summary>
    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[at..], value);

    /// <summary>A whole message.</summary>
    /// <param name="type">1 call, 2 return, 3 error, 4 signal.</param>
    /// <param name="flags">1 no reply, 4 interaction allowed.</param>
    /// <param name="serial">Its number.</param>
    /// <param name="fields">The header's fields: code, type, value.</param>
    /// <param name="body">What is in it.</param>
    public static byte[] Message(byte type, byte flags, uint serial, IEnumerable<(byte Code, char Type, object Value)> fields, byte[] body)
    {
        var array = new Wire();
        foreach (var (code, kind, value) in fields)
        {
            array.Align(8).Byte(code).Signature(kind.ToString());
            _ = kind switch { 'g' => array.Signature((string)value), 'u' => array.UInt32((uint)value), _ => array.String((string)value) };
        }

        return new Wire().Byte((byte)'l').Byte(type).Byte(flags).Byte(1).UInt32((uint)body.Length).UInt32(serial)
            .UInt32((uint)array._bytes.Count).Raw(array._bytes).Align(8).Raw(body).Bytes;
    }
}
