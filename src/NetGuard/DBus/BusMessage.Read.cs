using NetGuard.Interop;

namespace NetGuard.DBus;

/// <content>What comes out of a message.</content>
internal readonly unsafe partial struct BusMessage
{
    // As deep as anything that NetGuard reads; a message may be nested deeper and would be refused.
    private const int MaxDepth = 8;

    /// <summary>Reads the next value, whatever its type.</summary>
    /// <exception cref="BusException">There is none, or it is of a type that has no place here.</exception>
    public object Read() => Read(MaxDepth);

    /// <summary>The next value; null where there is none that can be read. For answers, which somebody else has made.</summary>
    public object? ReadOrNull()
    {
        try
        {
            return Read();
        }
        catch (BusException)
        {
            return null;
        }
    }

    private object Read(int depth)
    {
        var there = BusException.Check("a message cannot be read", SdBus.PeekType(handle, out var type, out var contents));
        if (there == 0 || depth == 0)
        {
            throw BusException.Of("a message cannot be read", -74); // EBADMSG
        }

        switch ((char)type)
        {
            case 's' or 'o' or 'g':
                nint text;
                ReadBasic(type, &text);
                return Text(text);
            case 'b':
                int truth;
                ReadBasic(type, &truth);
                return truth != 0;
            case 'u' or 'i' or 'h': // An open file's number: the message's own, and closed with it. dbus-daemon 1.16 tells of callers with one.
                uint u;
                ReadBasic(type, &u);
                return u;
            case 't' or 'x':
                ulong t;
                ReadBasic(type, &t);
                return t;
            case 'd':
                double d;
                ReadBasic(type, &d);
                return d;
            case 'y':
                byte y;
                ReadBasic(type, &y);
                return (uint)y;
            case 'n' or 'q':
                ushort q;
                ReadBasic(type, &q);
                return (uint)q;
            case 'v':
                Enter('v', Text(contents));
                var value = Read(depth - 1);
                Exit();
                return value;
            case 'a':
                return ReadArray(Text(contents), depth - 1);
            case 'r' or 'e':
                return ReadAll((char)type, Text(contents), depth - 1).ToArray();
            default:
                throw BusException.Of("a message cannot be read", -74);
        }
    }

    private object ReadArray(string contents, int depth)
    {
        if (contents is not ['{', 's' or 'o', ..])
        {
            var all = ReadAll('a', contents, depth);
            return contents switch
            {
                "s" => all.Cast<string>().ToArray(),
                "as" => all.Cast<string[]>().ToArray(),
                "a{sv}" => all.Cast<BusDictionary>().ToArray(),
                _ => all.ToArray(),
            };
        }

        Enter('a', contents);
        var dictionary = new BusDictionary();
        while (IsMore())
        {
            Enter('e', contents[1..^1]);
            var key = (string)Read(depth);
            dictionary[key] = Read(depth);
            Exit();
        }

        Exit();
        return dictionary;
    }

    private List<object> ReadAll(char type, string contents, int depth)
    {
        Enter(type, contents);
        var all = new List<object>();
        while (IsMore())
        {
            all.Add(Read(depth));
        }

        Exit();
        return all;
    }

    private bool IsMore() => BusException.Check("a message cannot be read", SdBus.PeekType(handle, out _, out _)) > 0;

    private void ReadBasic(byte type, void* value) => BusException.Check("a message cannot be read", SdBus.ReadBasic(handle, type, value));

    private void Enter(char type, string contents) => BusException.Check("a message cannot be read", SdBus.EnterContainer(handle, (byte)type, contents));

    private void Exit() => BusException.Check("a message cannot be read", SdBus.ExitContainer(handle));
}
