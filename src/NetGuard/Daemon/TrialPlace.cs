using System.Net.Sockets;
using System.Text;

namespace NetGuard.Daemon;

/// <summary>
/// Where a trial of this network namespace keeps its lock, its record, and the socket on which it is confirmed: a folder of root's, with files for root alone.
/// Not the service's own one below /run: that belongs to a user with fewer rights, and goes when the service is removed.
/// </summary>
public sealed class TrialPlace : IDisposable
{
    private const string Folder = "/run/netguard-trial";

    private const string UnderWay = "a configuration is on trial already: say netguard confirm, or netguard confirm --rollback, first";

    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Seen = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    // One word each way.
    private const int MaxBytes = 64;

    private readonly InstanceLock _lock;
    private readonly Socket _socket;

    private TrialPlace(InstanceLock @lock, Socket socket) => (_lock, _socket) = (@lock, socket);

    private static string Record => PathOf("json");

    private static string SocketPath => PathOf("sock");

    /// <summary>Whether a trial has been left behind: its record is there, and nobody holds its lock.</summary>
    public static bool IsOrphaned => File.Exists(Record) && InstanceLock.HolderOf(PathOf("lock")) is null;

    /// <summary>Refuses what would be on top of a trial that is under way, and be taken back with it.</summary>
    /// <exception cref="IOException">One is under way.</exception>
    public static void RequireNone()
    {
        if (InstanceLock.HolderOf(PathOf("lock")) is not null)
        {
            throw new IOException(UnderWay);
        }
    }

    /// <summary>What a trial has left behind when it was killed is out of date once a configuration has been applied for good.</summary>
    public static void Superseded()
    {
        if (IsOrphaned)
        {
            Forget();
        }
    }

    /// <summary>Takes the place.</summary>
    /// <exception cref="IOException">Another trial is under way, or this is not root; the message says which.</exception>
    public static TrialPlace Take()
    {
        try
        {
            // That there is a trial may be seen by the service's user, who has to keep out of its way.
            Directory.CreateDirectory(Folder, OwnersFile | UnixFileMode.UserExecute | Seen);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"a trial needs root, for its folder {Folder}: {e.Message}", e);
        }

        var held = InstanceLock.Take(PathOf("lock"), UnderWay);
        try
        {
            File.Delete(SocketPath); // Of one that was killed.
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
            File.SetUnixFileMode(SocketPath, OwnersFile); // Nobody can connect before it listens.
            socket.Listen();
            return new(held, socket);
        }
        catch (SocketException e)
        {
            held.Dispose();
            throw new IOException($"the socket {SocketPath} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>The record that a trial has left behind; null where there is none.</summary>
    /// <exception cref="FormatException">It cannot be made sense of.</exception>
    public static TrialRecord? ReadRecord() => File.Exists(Record) ? TrialRecord.FromJson(File.ReadAllBytes(Record)) : null;

    /// <summary>Takes the record away: what it would put back is not wanted any more.</summary>
    public static void Forget() => File.Delete(Record);

    /// <summary>Writes the record, whole or not at all.</summary>
    public static void Write(TrialRecord record)
    {
        using (var file = new FileStream(Record + ".new", new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnersFile,
        }))
        {
            file.Write(record.ToJson());
            file.Flush(flushToDisk: false);
        }

        File.Move(Record + ".new", Record, overwrite: true);
    }

    /// <summary>Says a word to the trial that is under way, and waits for its answer.</summary>
    /// <returns>The answer; null where no trial is under way.</returns>
    public static async Task<string?> AskAsync(TrialWord word, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancel).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode is not SocketError.AccessDenied)
        {
            return null;
        }
        catch (SocketException e)
        {
            throw new IOException($"a trial can be confirmed by root only: {e.Message}", e);
        }

        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"{word}\n"), cancel).ConfigureAwait(false);
            return await ReadLineAsync(socket, cancel).ConfigureAwait(false) is { Length: > 0 } answer ? answer : null;
        }
        catch (SocketException)
        {
            return null; // It was decided in this moment.
        }
    }

    /// <summary>Waits until somebody says a word that counts.</summary>
    /// <returns>The word, and how to answer.</returns>
    public async Task<(TrialWord Word, Func<string, Task> Answer)> HearAsync(CancellationToken cancel)
    {
        for (; ; )
        {
            var peer = await _socket.AcceptAsync(cancel).ConfigureAwait(false);
            try
            {
                // Somebody who says nothing must not keep others from being heard.
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                patience.CancelAfter(TimeSpan.FromSeconds(2));
                if (Enum.TryParse<TrialWord>(await ReadLineAsync(peer, patience.Token).ConfigureAwait(false), out var word) && Enum.IsDefined(word))
                {
                    return (word, answer => AnswerAsync(peer, answer));
                }
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                // It hung up, or kept silent.
            }

            peer.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(SocketPath);
        _socket.Dispose();
        _lock.Dispose();
    }

    private static string PathOf(string kind) => $"{Folder}/{InstanceLock.NamespaceId()}.{kind}";

    private static async Task AnswerAsync(Socket peer, string answer)
    {
        try
        {
            await peer.SendAsync(Encoding.UTF8.GetBytes(answer + "\n")).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Whoever asked does not wait for the answer.
        }

        peer.Dispose();
    }

    private static async Task<string> ReadLineAsync(Socket socket, CancellationToken cancel)
    {
        var buffer = new byte[MaxBytes * 16];
        var length = 0;
        while (length < buffer.Length && !buffer.AsSpan(0, length).Contains((byte)'\n'))
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\n');
    }
}

/// <summary>What can be said to a trial.</summary>
public enum TrialWord
{
    /// <summary>What was applied stays.</summary>
    Confirm,

    /// <summary>It is taken back at once.</summary>
    RollBack,
}
