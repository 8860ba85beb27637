using System.Buffers.Binary;

namespace NetGuard.Core.Inotify;

/// <summary>One event of inotify(7): struct inotify_event, linux/inotify.h. Its bytes stay where they are.</summary>
public readonly ref struct InotifyEvent
{
    /// <summary>IN_MODIFY.</summary>
    public const uint Modify = 0x2;

    /// <summary>IN_CLOSE_WRITE.</summary>
    public const uint CloseWrite = 0x8;

    /// <summary>IN_CLOSE_NOWRITE.</summary>
    public const uint CloseNoWrite = 0x10;

    /// <summary>IN_OPEN.</summary>
    public const uint Open = 0x20;

    /// <summary>IN_MOVED_TO.</summary>
    public const uint MovedTo = 0x80;

    /// <summary>IN_CREATE.</summary>
    public const uint Create = 0x100;

    /// <summary>IN_DELETE_SELF.</summary>
    public const uint DeleteSelf = 0x400;

    /// <summary>IN_MOVE_SELF.</summary>
    public const uint MoveSelf = 0x800;

    /// <summary>IN_Q_OVERFLOW: events were lost.</summary>
    public const uint Overflow = 0x4000;

    /// <summary>IN_IGNORED: the watch is gone.</summary>
    public const uint Ignored = 0x8000;

    private const int HeaderLength = 16;

    private InotifyEvent(int watch, uint mask, ReadOnlySpan<byte> name)
    {
        Watch = watch;
        Mask = mask;
        Name = name;
    }

    /// <summary>Which watch; -1 for an overflow.</summary>
    public int Watch { get; }

    /// <summary>What happened: IN_...</summary>
    public uint Mask { get; }

    /// <summary>To which file of a watched directory; empty for a watched file.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Takes the first event off what was read. False at its end, and where what follows is not a whole event.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out InotifyEvent happened)
    {
        happened = default;
        if (rest.Length < HeaderLength)
        {
            return false;
        }

        var length = Native32(rest[12..]);
        if (length > (uint)(rest.Length - HeaderLength))
        {
            return false;
        }

        var name = rest.Slice(HeaderLength, (int)length);
        happened = new(unchecked((int)Native32(rest)), Native32(rest[4..]), name.IndexOf((byte)0) is >= 0 and var end ? name[..end] : name);
        rest = rest[(HeaderLength + (int)length)..];
        return true;
    }

    private static uint Native32(ReadOnlySpan<byte> bytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
