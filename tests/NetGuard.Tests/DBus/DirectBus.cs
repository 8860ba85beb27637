using System.Net.Sockets;
using System.Text;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.DBus;

/// <summary>
/// The other end of a program's connection to the system bus, in place of a bus: it can say what no dbus-daemon would let through, as fast as the
/// program takes it.
/// </summary>
internal sealed class DirectBus : IAsyncDisposable
{
    private const string Driver = "org.freedesktop.DBus";

    private readonly ConfigDir _files = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<(string To, uint Serial), TaskCompletionSource<Answer>> _awaited = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Socket? _peer;
    private Task _reading = Task.CompletedTask;
    private int _answers;

    public DirectBus()
    {
        _listener.Bind(new UnixDomainSocketEndPoint($"{_files.Path}/bus"));
        _listener.Listen();
    }

    /// <summary>The environment variable that leads to it, as <c>env</c> takes it.</summary>
    public string Variable => $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={_files.Path}/bus";

    /// <summary>Answers what the program asks of the bus, or of polkit: message bytes, or null for no answer. Greetings are answered already.</summary>
    public Func<Answer, byte[]?> OnCall { get; set; } = call => Reply(call, "", []);

    /// <summary>How many answers have come.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>Waits for the program, and greets it.</summary>
    public async Task Accept()
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        _peer?.Dispose();
        await _reading;
        _peer = await _listener.AcceptAsync(patience.Token);
        for (var line = ""; line != "BEGIN";)
        {
            line = await Line(patience.Token);
            var answer = line switch
            {
                "AUTH EXTERNAL" => "DATA",
                "NEGOTIATE_UNIX_FD" => "AGREE_UNIX_FD",
                "BEGIN" => null,
                _ => "OK 0123456789abcdef0123456789abcdef",
            };
            if (answer is not null)
            {
                await _peer.SendAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), patience.Token);
            }
        }

        _reading = Task.Run(Read, CancellationToken.None);
    }

    /// <summary>Sends bytes as they are; whether the program still takes any.</summary>
    public async Task<bool> Send(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Programs.Patience);
        await _sending.WaitAsync(patience.Token);
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await _peer!.SendAsync(bytes, patience.Token)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Announces that an answer to a call will be waited for; before the call is sent.</summary>
    public Task<Answer> Await(string sender, uint serial)
    {
        var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited[(sender, serial)] = answer;
        }

        return answer.Task.WaitAsync(Programs.Patience);
    }

    /// <summary>A call of the program's own interface, from a sender of choice.</summary>
    public static byte[] Call(string sender, uint serial, string member, string signature = "", byte[]? body = null) => Wire.Message(
        1, 0, serial,
        [(1, 'o', RawCaller.Path), (2, 's', RawCaller.NetGuard), (3, 's', member), (6, 's', RawCaller.NetGuard), (7, 's', sender), .. signature.Length > 0 ? [(8, 'g', (object)signature)] : ((byte, char, object)[])[]],
        body ?? []);

    /// <summary>A return to a call of the program's, from the one whom it asked.</summary>
    public static byte[] Reply(Answer call, string signature, byte[] body, byte type = 2) => Wire.Message(
        type, 1, call.Serial,
        [(5, 'u', call.Serial), (7, 's', call.Destination), .. type == 3 ? [(4, 's', "org.example.Error")] : ((byte, char, object)[])[], .. signature.Length > 0 ? [(8, 'g', (object)signature)] : ((byte, char, object)[])[]],
        body);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _peer?.Dispose();
        await _reading;
        _sending.Dispose();
        _files.Dispose();
    }

    private async Task Read()
    {
        var bytes = new byte[1 << 20];
        var length = 0;
        try
        {
            while (true)
            {
                var more = await _peer!.ReceiveAsync(bytes.AsMemory(length));
                if (more == 0)
                {
                    return;
                }

                length += more;
                var start = 0;
                while (length - start >= 16 && Answer.LengthOf(bytes[start..(start + 16)]) is var whole && length - start >= whole)
                {
                    await Take(Answer.Parse(bytes[start..(start + whole)]));
                    start += whole;
                }

                bytes.AsSpan(start, length - start).CopyTo(bytes);
                length -= start;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is over.
        }
    }

    private async Task Take(Answer message)
    {
        if (message.Type is 2 or 3)
        {
            Interlocked.Increment(ref _answers);
            TaskCompletionSource<Answer>? awaited;
            lock (_lock)
            {
                _awaited.Remove((message.Destination, message.ReplyTo), out awaited);
            }

            awaited?.SetResult(message);
        }
        else if (message.Type == 1)
        {
            var answer = message switch
            {
                { Destination: Driver, Member: "Hello" } => Reply(message, "s", new Wire().String(":1.1").Bytes),
                { Destination: Driver, Member: "RequestName" } => Reply(message, "u", new Wire().UInt32(1).Bytes),
                _ => OnCall(message),
            };
            if (answer is not null)
            {
                await Send(answer);
            }
        }
    }

    private async Task<string> Line(CancellationToken cancel)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 2 || line.ToString() is not [.., '\r', '\n'])
        {
            if (await _peer!.ReceiveAsync(one, cancel) == 0)
            {
                throw new EndOfStreamException("the program has ended the connection");
            }

            line.Append((char)one[0]);
        }

        return line.ToString().Trim('\r', '\n', '\0');
    }
}
