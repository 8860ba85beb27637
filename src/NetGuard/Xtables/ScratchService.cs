using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetGuard.Processes;

namespace NetGuard.Xtables;

/// <summary>
/// A scratch namespace that systemd has made: one instance of netguard-scratch@.service, for as long as the connection lasts. With it the daemon
/// needs no user namespaces, which many hosts refuse and which would open much of the kernel to it.
/// </summary>
internal sealed class ScratchService : IScratch
{
    /// <summary>Where systemd listens: netguard-scratch.socket.</summary>
    public const string SocketPath = "/run/netguard/scratch";

    // A service manager that is busy with a boot; the tools have their own time-outs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly NetworkStream _stream;
    private readonly StreamReader _replies;

    private ScratchService(NetworkStream stream)
    {
        _stream = stream;
        _replies = new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
    }

    /// <summary>Opens one.</summary>
    /// <returns>Null where systemd does not offer any.</returns>
    /// <exception cref="CommandException">It is offered and does not come.</exception>
    public static async Task<ScratchService?> OpenAsync(CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancel).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            socket.Dispose(); // No such socket, or not for this user.
            return null;
        }

        var service = new ScratchService(new(socket, ownsSocket: true));
        try
        {
            await service.ReplyAsync(Patience, cancel).ConfigureAwait(false);
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(Command command, CancellationToken cancel)
    {
        var request = new ScratchRequest(command.Name, [.. command.Arguments], command.Input);
        try
        {
            await _stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request, ScratchShapes.Default.ScratchRequest), cancel).ConfigureAwait(false);
            await _stream.WriteAsync("\n"u8.ToArray(), cancel).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Ended(e);
        }

        var reply = await ReplyAsync(command.Timeout + Patience, cancel).ConfigureAwait(false);
        return reply.Failure is { } failure ? throw new CommandException(failure) : new(reply.ExitCode, reply.Output, reply.Error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _replies.Dispose();
        _stream.Dispose();
    }

    private async Task<ScratchReply> ReplyAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(patience);
        try
        {
            return await _replies.ReadLineAsync(timeout.Token).ConfigureAwait(false) is { } line
                && JsonSerializer.Deserialize(line, ScratchShapes.Default.ScratchReply) is { } reply ? reply : throw Ended(null);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new CommandException($"netguard-scratch@.service gave no answer within {patience.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw Ended(e);
        }
    }

    private static CommandException Ended(Exception? e) =>
        new("no scratch namespace to try the rules in: netguard-scratch@.service ended (journalctl -u 'netguard-scratch@*')", e);
}
