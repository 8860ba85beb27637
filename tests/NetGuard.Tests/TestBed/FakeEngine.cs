using System.Net.Sockets;
using System.Text;

namespace NetGuard.Tests.TestBed;

/// <summary>What listens on Docker's socket and is not Docker: it says what a test wants, or talks nonsense.</summary>
public sealed class FakeEngine : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly List<Socket> _streams = [];

    public FakeEngine(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(64);
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>The answer to /networks.</summary>
    public string Networks { get; set; } = "[]";

    /// <summary>The answer to /containers/json.</summary>
    public string Containers { get; set; } = "[]";

    /// <summary>What is done instead of an answer, with the connection and the request's first line; null to answer.</summary>
    public Func<Socket, string, CancellationToken, Task>? Instead { get; set; }

    /// <summary>Tells all that listen that something has happened.</summary>
    public void Happen()
    {
        lock (_streams)
        {
            foreach (var stream in _streams)
            {
                stream.Send("{\"status\":\"start\"}\n"u8);
            }
        }
    }

    /// <summary>Docker's default bridge with containers on it: name, address, published ports (host to container).</summary>
    public void Has(params IEnumerable<(string Name, string Address, (int Host, int Container)[] Ports)> containers)
    {
        const string Id = "0123456789abcdef";
        Networks = $$"""[{"Name":"bridge","Id":"{{Id}}","Driver":"bridge","Options":{"com.docker.network.bridge.name":"docker0","com.docker.network.bridge.enable_icc":"true"} } ]""";
        Containers = $"[{string.Join(',', containers.Select(c => $$"""
            {"Id":"{{c.Name}}","Names":["/{{c.Name}}"],"Labels":{},"State":"running","NetworkSettings":{"Networks":{"bridge":{"NetworkID":"{{Id}}","IPAddress":"{{c.Address}}","GlobalIPv6Address":"" } } },
            "Ports":[{{string.Join(',', c.Ports.Select(p => $$"""{"IP":"0.0.0.0","PrivatePort":{{p.Container}},"PublicPort":{{p.Host}},"Type":"tcp"}"""))}}]}
            """))}]";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await _listener.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using var _ = socket;
        try
        {
            var buffer = new byte[16 * 1024];
            for (var filled = 0; ;)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(filled), _stop.Token);
                var text = Encoding.ASCII.GetString(buffer, 0, filled += read);
                if (read == 0)
                {
                    return;
                }

                if (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    continue;
                }

                filled = 0;
                var line = text[..text.IndexOf('\r', StringComparison.Ordinal)];
                if (Instead is { } instead)
                {
                    await instead(socket, line, _stop.Token);
                    return;
                }

                if (line.Contains("/events", StringComparison.Ordinal))
                {
                    await socket.SendAsync("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"u8.ToArray(), _stop.Token);
                    lock (_streams)
                    {
                        _streams.Add(socket);
                    }

                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                var body = line.Contains("/networks", StringComparison.Ordinal) ? Networks : Containers;
                await socket.SendAsync(Encoding.UTF8.GetBytes(
                    $"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}"), _stop.Token);
                return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over, or whoever asked has gone.
        }
        finally
        {
            lock (_streams)
            {
                _streams.Remove(socket);
            }
        }
    }
}
