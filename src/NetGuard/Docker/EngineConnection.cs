using System.Net.Sockets;
using System.Text;

namespace NetGuard.Docker;

/// <summary>
/// One question to the engine and its answer, over the unix socket. HTTP/1.0, so that the answer is what comes until the engine closes: nothing has
/// to be believed that says how long it is. Whatever listens there, it gets no more of our memory than it is given here.
/// </summary>
internal sealed class EngineConnection : IDisposable
{
    private const int MaxHead = 16 * 1024;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[MaxHead];
    private int _start;
    private int _end;

    /// <summary>The connection itself, which knows who is at its other end.</summary>
    public Socket Socket => _socket;

    /// <summary>Asks.</summary>
    /// <param name="socket">The path of the unix socket.</param>
    /// <param name="path">The question: path and query.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SocketException">Nobody listens there, or NetGuard may not ask.</exception>
    /// <exception cref="EngineException">What answers is no engine, or refuses.</exception>
    public static async Task<EngineConnection> AskAsync(string socket, string path, CancellationToken cancel)
    {
        var connection = new EngineConnection();
        try
        {
            await connection._socket.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel).ConfigureAwait(false);
            await connection._socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: docker\r\nAccept: application/json\r\n\r\n"), cancel).ConfigureAwait(false);
            await connection.ReadHeadAsync(socket, cancel).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Takes some more of the answer; 0 at its end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> to, CancellationToken cancel)
    {
        if (_start == _end)
        {
            return await _socket.ReceiveAsync(to, cancel).ConfigureAwait(false);
        }

        var count = Math.Min(to.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(to);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task ReadHeadAsync(string socket, CancellationToken cancel)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = _end < MaxHead ? await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancel).ConfigureAwait(false) : 0;
            if (read == 0)
            {
                throw new EngineException($"{socket}: what answers is no Docker Engine");
            }

            _end += read;
        }

        _start = end + 4;
        var line = _buffer.AsSpan(0, _buffer.AsSpan(0, end + 2).IndexOf("\r\n"u8));
        if (!line.StartsWith("HTTP/1."u8) || line.Length < 12)
        {
            throw new EngineException($"{socket}: what answers is no Docker Engine");
        }

        if (!line[8..12].SequenceEqual(" 200"u8))
        {
            throw new EngineException($"{socket}: the engine refuses, status {Encoding.ASCII.GetString(line[9..12]).Replace('\u001b', '?')}");
        }
    }
}
