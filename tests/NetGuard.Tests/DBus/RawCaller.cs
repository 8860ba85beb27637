using System.Globalization;
using System.Net.Sockets;
using System.Text;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary>A connection to the bus as a user of choice, made of bytes: it can also say what no library would.</summary>
internal sealed class RawCaller : IAsyncDisposable
{
    public const string NetGuard = "org.netguard.NetGuard1";
    public const string Path = "/org/netguard/NetGuard1";
    public const string Properties = "org.freedesktop.DBus.Properties";

    private readonly Socket _socket;
    private readonly Dictionary<uint, Answer> _kept = [];
    private uint _serial;

    private RawCaller(Socket socket) => _socket = socket;

    /// <summary>Connects and says hello.</summary>
    public static async Task<RawCaller> Connect(OwnBus bus, uint uid)
    {
        var caller = new RawCaller(await AsUser.Run(uid, () =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(bus.Socket));
            return socket;
        }));
        await caller.SendBytes((byte[])[0, .. Encoding.ASCII.GetBytes($"AUTH EXTERNAL {Convert.ToHexString(Encoding.ASCII.GetBytes(uid.ToString(CultureInfo.InvariantCulture)))}\r\n")]);
        var line = new List<byte>();
        while (line is not [.., (byte)'\r', (byte)'\n'])
        {
            line.AddRange(await caller.ReceiveBytes(1));
        }

        Assert.StartsWith("OK", Encoding.ASCII.GetString([.. line]), StringComparison.Ordinal);
        await caller.SendBytes(Encoding.ASCII.GetBytes("BEGIN\r\n"));
        await caller.Call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello");
        return caller;
    }

    /// <summary>Asks NetGuard.</summary>
    public Task<Answer> Ask(string member, string signature = "", byte[]? body = null, byte flags = 0) => Call(NetGuard, Path, NetGuard, member, signature, body, flags);

    /// <summary>Asks, and waits for the answer.</summary>
    public async Task<Answer> Call(string to, string path, string @interface, string member, string signature = "", byte[]? body = null, byte flags = 0)
    {
        var serial = await Send(to, path, @interface, member, signature, body, flags);
        return await Reply(serial);
    }

    /// <summary>Asks, and does not wait.</summary>
    /// <returns>The number under which the answer will come.</returns>
    public async Task<uint> Send(string to, string path, string @interface, string member, string signature = "", byte[]? body = null, byte flags = 0)
    {
        var fields = new List<(byte, char, object)> { (1, 'o', path), (3, 's', member), (6, 's', to) };
        if (@interface.Length > 0)
        {
            fields.Add((2, 's', @interface));
        }

        if (signature.Length > 0)
        {
            fields.Add((8, 'g', signature));
        }

        await SendBytes(Wire.Message(1, flags, ++_serial, fields, body ?? []));
        return _serial;
    }

    /// <summary>Sends a signal to one connection.</summary>
    public Task Signal(string to, string member, string signature, byte[] body) => SendBytes(Wire.Message(
        4, 1, ++_serial, [(1, 'o', Path), (2, 's', NetGuard), (3, 's', member), (6, 's', to), (8, 'g', signature)], body));

    /// <summary>The answer to what was asked. Answers to other questions, which may come before it, are kept for whoever asks for them.</summary>
    public async Task<Answer> Reply(uint serial)
    {
        while (true)
        {
            if (_kept.Remove(serial, out var kept))
            {
                return kept;
            }

            if (await Receive() is { Type: 2 or 3 } answer)
            {
                _kept[answer.ReplyTo] = answer;
            }
        }
    }

    /// <summary>Answers a call.</summary>
    public Task Return(Answer call, string signature, byte[] body) =>
        SendBytes(Wire.Message(2, 1, ++_serial, [(5, 'u', call.Serial), (6, 's', call.Sender), (8, 'g', signature)], body));

    /// <summary>The next message.</summary>
    public async Task<Answer> Receive()
    {
        var start = await ReceiveBytes(16);
        return Answer.Parse([.. start, .. await ReceiveBytes(Answer.LengthOf(start) - 16)]);
    }

    public async Task SendBytes(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, patience.Token)..];
        }
    }

    /// <summary>Whether the bus has ended the connection, after all that is still to be read.</summary>
    public async Task<bool> IsCutOff()
    {
        try
        {
            while (true)
            {
                await ReceiveBytes(1);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> ReceiveBytes(int count)
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        var bytes = new byte[count];
        for (var i = 0; i < count;)
        {
            var more = await _socket.ReceiveAsync(bytes.AsMemory(i), patience.Token);
            i += more > 0 ? more : throw new EndOfStreamException("the bus has ended the connection");
        }

        return bytes;
    }
}
