using System.Buffers.Binary;
using System.Text;

namespace NetGuard.Tests.DBus;

/// <summary>A message as it came.</summary>
internal sealed class Answer
{
    private Answer(byte type, uint serial, byte[] body) => (Type, Serial, Body) = (type, serial, body);

    /// <summary>1 call, 2 return, 3 error, 4 signal.</summary>
    public byte Type { get; }

    public uint Serial { get; }

    public byte[] Body { get; }

    public string Error { get; private set; } = "";

    public string Member { get; private set; } = "";

    public string Destination { get; private set; } = "";

    public string Sender { get; private set; } = "";

    public string Signature { get; private set; } = "";

    public uint ReplyTo { get; private set; }

    public bool IsError => Type == 3;

    /// <summary>The text at the beginning of the body.</summary>
    public string Text => Encoding.UTF8.GetString(Body, 4, (int)UInt32(Body, 0));

    /// <summary>How long a message is, as its first 16 bytes tell.</summary>
    public static int LengthOf(byte[] start) => 16 + ((int)UInt32(start, 12) + 7) / 8 * 8 + (int)UInt32(start, 4);

    public static Answer Parse(byte[] message)
    {
        var fields = (int)UInt32(message, 12);
        var answer = new Answer(message[1], UInt32(message, 8), message[(16 + (fields + 7) / 8 * 8)..]);
        for (var i = 16; i < 16 + fields;)
        {
            i = (i + 7) / 8 * 8;
            var (code, kind) = (message[i], (char)message[i + 2]);
            i += 4;
            switch (kind)
            {
                case 'u':
                    answer.ReplyTo = code == 5 ? UInt32(message, i) : answer.ReplyTo;
                    i += 4;
                    break;
                case 'g':
                    answer.Signature = Encoding.ASCII.GetString(message, i + 1, message[i]);
                    i += message[i] + 2;
                    break;
                default:
                    var length = (int)UInt32(message, i);
                    answer.Set(code, Encoding.UTF8.GetString(message, i + 4, length));
                    i += length + 5;
                    break;
            }
        }

        return answer;
    }

    private void Set(byte code, string text)
    {
        switch (code)
        {
            case 3:
                Member = text;
                break;
            case 4:
                Error = text;
                break;
            case 6:
                Destination = text;
                break;
            case 7:
                Sender = text;
                break;
        }
    }

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
