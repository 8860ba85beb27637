using NetGuard.Interop;

namespace NetGuard.DBus;

/// <content>What goes into a message: the few types that NetGuard's interface is made of.</content>
internal readonly unsafe partial struct BusMessage
{
    /// <summary>Adds one value with its type's own signature.</summary>
    /// <returns>The message itself.</returns>
    public BusMessage Add(object value)
    {
        switch (value)
        {
            case string text:
                fixed (byte* bytes = Bytes(text))
                {
                    Check(SdBus.AppendBasic(handle, (byte)'s', bytes));
                }

                break;
            case bool b:
                var truth = b ? 1 : 0;
                Check(SdBus.AppendBasic(handle, (byte)'b', &truth));
                break;
            case uint u:
                Check(SdBus.AppendBasic(handle, (byte)'u', &u));
                break;
            case ulong t:
                Check(SdBus.AppendBasic(handle, (byte)'t', &t));
                break;
            case double d:
                Check(SdBus.AppendBasic(handle, (byte)'d', &d));
                break;
            case BusDictionary dictionary:
                Open('a', "{sv}");
                foreach (var (key, one) in dictionary)
                {
                    Open('e', "sv");
                    Add(key);
                    Open('v', SignatureOf(one));
                    Add(one);
                    Close();
                    Close();
                }

                Close();
                break;
            case Array list:
                Open('a', SignatureOf(list)[1..]);
                foreach (var one in list)
                {
                    Add(one!);
                }

                Close();
                break;
            default:
                throw new ArgumentException($"{value.GetType()} has no place on the bus", nameof(value));
        }

        return this;
    }

    /// <summary>Adds a variant.</summary>
    /// <returns>The message itself.</returns>
    public BusMessage AddVariant(object value)
    {
        Open('v', SignatureOf(value));
        Add(value);
        Close();
        return this;
    }

    /// <summary>Opens a container for what is added next.</summary>
    public void Open(char type, string contents) => Check(SdBus.OpenContainer(handle, (byte)type, contents));

    /// <summary>Closes it.</summary>
    public void Close() => Check(SdBus.CloseContainer(handle));

    private static string SignatureOf(object value) => value switch
    {
        string => "s",
        bool => "b",
        uint => "u",
        ulong => "t",
        double => "d",
        BusDictionary => "a{sv}",
        string[] => "as",
        string[][] => "aas",
        BusDictionary[] => "aa{sv}",
        _ => throw new ArgumentException($"{value.GetType()} has no place on the bus", nameof(value)),
    };

    private static void Check(int result) => BusException.Check("a message cannot be made", result);
}
