using System.Text;

namespace NetGuard.Tests.DBus;

/// <summary>Messages that D-Bus allows, and bodies that it does not. The same seed makes the same.</summary>
internal sealed class RandomMessages(int seed)
{
    private static readonly string[] Members =
    [
        "GetStatus", "GetDrift", "Reconcile", "Reload", "TryReload", "Confirm", "RollBack", "Pause", "Resume", "Get", "GetAll", "Set", "Introspect", "Ping",
        "GetMachineId", "GetManagedObjects", "NameOwnerChanged", "NameLost", "PropertiesChanged", "DriftDetected", "x", "_", new('m', 255),
    ];

    private static readonly string[] Interfaces =
    [
        RawCaller.NetGuard, RawCaller.NetGuard, RawCaller.NetGuard, RawCaller.Properties, RawCaller.Properties, "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer",
        "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus", "a.b", "", $"{new string('i', 126)}.{new string('j', 126)}",
    ];

    private static readonly string[] Paths = [RawCaller.Path, RawCaller.Path, RawCaller.Path, "/", "/org", "/org/netguard/NetGuard1/x", $"/{new string('p', 4000)}", "/a/b"];
    private static readonly string[] Signatures = ["", "", "s", "ss", "ssv", "u", "uu", "aas", "a{sv}", "v", "h", "(sa{sv})sa{ss}us", "sss"];

    private static readonly string[] Texts =
    [
        "", RawCaller.NetGuard, RawCaller.NetGuard, "State", "Mode", "DriftCount", "LastCheck", "netguard", "\u001b[2J\n\t", "\u202e\ufeff", "a\u0301\ud83d\ude00", "/", ":1.5", "%s%n%x", "$(reboot)", new('x', 3000),
    ];

    private readonly Random _random = new(seed);

    /// <summary>A call, a signal, or an answer that nobody has asked for.</summary>
    public byte[] Next(string sender, uint serial)
    {
        var signature = _random.Next(3) == 0 ? Signature() : Pick(Signatures);
        var type = (byte)(_random.Next(20) switch { < 17 => 1, 17 => 4, 18 => 2, _ => 3 });
        var body = signature.Length == 0 ? [] : Body(signature);
        var fields = new List<(byte, char, object)> { (7, 's', sender) };
        if (type is 1 or 4)
        {
            fields.AddRange([(1, 'o', Pick(Paths)), (3, 's', Pick(Members))]);
        }

        if (type is 2 or 3)
        {
            fields.Add((5, 'u', (uint)_random.Next(1, 400)));
        }

        if (type == 3)
        {
            fields.Add((4, 's', "org.example.Error"));
        }

        if (Pick(Interfaces) is { Length: > 0 } @interface || type == 4 && (@interface = "a.b").Length > 0)
        {
            fields.Add((2, 's', @interface));
        }

        if (_random.Next(8) > 0)
        {
            fields.Add((6, 's', RawCaller.NetGuard));
        }

        if (signature.Length > 0)
        {
            fields.Add((8, 'g', signature));
        }

        return Wire.Message(type, (byte)_random.Next(8), serial, fields, body);
    }

    /// <summary>An answer to a call of the program's, of any types.</summary>
    public byte[] Answer(Answer call)
    {
        var signature = _random.Next(3) == 0 ? Signature() : Pick(["a{sv}", "(bba{ss})", "s", "v", "(bb)", "(sb)", "aa{sv}"]);
        return DirectBus.Reply(call, signature, Body(signature), (byte)(_random.Next(5) == 0 ? 3 : 2));
    }

    /// <summary>One of those with a few bits turned over anywhere.</summary>
    public byte[] Damaged(string sender, uint serial)
    {
        var whole = Next(sender, serial);
        for (var bits = _random.Next(1, 4); bits > 0; bits--)
        {
            whole[_random.Next(Math.Min(whole.Length, 200))] ^= (byte)(1 << _random.Next(8));
        }

        return whole;
    }

    // Of the declared types, or of them with bytes that are not.
    private byte[] Body(string signature)
    {
        var wire = new Wire();
        for (var at = 0; at < signature.Length;)
        {
            Value(wire, signature, ref at, 0);
        }

        var bytes = wire.Bytes;
        if (bytes.Length > 0 && _random.Next(4) == 0)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return bytes.Length == 0 ? [0] : _random.Next(16) == 0 ? bytes[.._random.Next(1, bytes.Length + 1)] : bytes;
    }

    private string Signature()
    {
        var text = new StringBuilder();
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            Type(text, _random.Next(10) == 0 ? 28 : 5, 0, 0);
        }

        // No message may have more.
        return text.Length > 255 ? "v" : text.ToString();
    }

    // The standard allows 32 arrays and 32 structs in one another.
    private void Type(StringBuilder text, int depth, int arrays, int structs)
    {
        var goesOn = depth > 10 || _random.Next(3) == 0;
        if (goesOn && arrays + structs < depth)
        {
            switch (_random.Next(depth > 10 ? 2 : 3))
            {
                case 0:
                    text.Append('a');
                    Type(text, depth, arrays + 1, structs);
                    return;
                case 1:
                    text.Append('(');
                    Type(text, depth, arrays, structs + 1);
                    text.Append(')');
                    return;
                default:
                    text.Append("a{").Append("sou"[_random.Next(3)]);
                    Type(text, depth, arrays + 1, structs + 1);
                    text.Append('}');
                    return;
            }
        }

        text.Append("ybnqiuxtdsogvh"[_random.Next(14)]);
    }

    private void Value(Wire wire, string signature, ref int at, int depth)
    {
        var type = signature[at++];
        switch (type)
        {
            case 'y':
                wire.Byte((byte)_random.Next(256));
                break;
            case 'b':
                wire.UInt32((uint)_random.Next(20) / 10);
                break;
            case 'n' or 'q':
                wire.Align(2).Raw(Bytes(2));
                break;
            case 'i' or 'u' or 'h':
                wire.UInt32(_random.Next(3) switch { 0 => (uint)_random.Next(100_000), 1 => uint.MaxValue, _ => 0 });
                break;
            case 'x' or 't' or 'd':
                wire.Align(8).Raw(Bytes(8));
                break;
            case 's':
                wire.String(Pick(Texts));
                break;
            case 'o':
                wire.String(Pick(Paths));
                break;
            case 'g':
                wire.Signature(Pick(Signatures));
                break;
            case 'v':
                var inner = depth < 40 && _random.Next(2) == 0 ? "v" : Pick(["s", "u", "as", "a{sv}", "(ss)"]);
                wire.Signature(inner);
                var from = 0;
                Value(wire, inner, ref from, depth + 1);
                break;
            case 'a':
                Array(wire, signature, ref at, depth);
                break;
            case '(' or '{':
                wire.Align(8);
                while (signature[at] is not (')' or '}'))
                {
                    Value(wire, signature, ref at, depth + 1);
                }

                at++;
                break;
            default:
                throw new InvalidOperationException($"no value of type {type}");
        }
    }

    private void Array(Wire wire, string signature, ref int at, int depth)
    {
        var element = at;
        wire.UInt32(0);
        var lengthAt = wire.Length - 4;
        wire.Align(signature[at] is 'x' or 't' or 'd' or '(' or '{' ? 8 : signature[at] is 's' or 'o' or 'u' or 'i' or 'h' or 'b' or 'a' ? 4 : signature[at] is 'n' or 'q' ? 2 : 1);
        var start = wire.Length;
        var count = depth > 3 ? _random.Next(2) : _random.Next(4);
        for (var i = 0; i < Math.Max(1, count); i++)
        {
            at = element;
            Value(wire, signature, ref at, depth + 1);
        }

        wire.Patch(lengthAt, (uint)(wire.Length - start));
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private T Pick<T>(T[] of) => of[_random.Next(of.Length)];
}
