using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Docker;

/// <summary>Docker's Engine API, as far as NetGuard asks it: what is there, and that something has changed.</summary>
/// <param name="socket">The path of its unix socket.</param>
public sealed class Engine(string socket)
{
    /// <summary>How many networks, and containers, are taken at the most.</summary>
    public const int MaxItems = 10_000;

    // A container's entry takes about 1.5 KiB.
    private const int MaxAnswer = 32 * 1024 * 1024;

    // Whatever else happens to a container (exec of health checks, pause, attach) changes neither its addresses nor its ports.
    private static readonly string Events = "/events?filters=" + Uri.EscapeDataString(
        """{"type":["container","network"],"event":["start","die","rename","create","connect","disconnect","destroy"]}""");

    /// <summary>Asks what is there.</summary>
    /// <exception cref="EngineException">Nobody answers, or not what an engine would.</exception>
    public Task<Topology> ReadAsync(CancellationToken cancel) => AskAsync(async () =>
    {
        // One after the other: a container that starts in between is in the second answer, and its network in the first.
        DaemonIcc? daemon = null;
        var networks = await ListAsync("/networks", EngineJson.Default.NetworkJson, EngineTopology.Network, cancel, c => daemon = DockerdProcess.Icc(c.Socket, socket)).ConfigureAwait(false);
        var containers = await ListAsync("/containers/json", EngineJson.Default.ContainerJson, EngineTopology.Container, cancel).ConfigureAwait(false);
        return new Topology(networks, containers) { Daemon = daemon }.Ordered();
    });

    /// <summary>Listens until the engine ends the stream.</summary>
    /// <param name="listening">Called once when the engine has taken the request: what happens from now on is told.</param>
    /// <param name="changed">Called whenever something has happened. Not what: it is read anew, and nobody's text is taken for an event.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="EngineException">The stream broke.</exception>
    public Task<bool> ListenAsync(Action listening, Action changed, CancellationToken cancel) => AskAsync(async () =>
    {
        using var stream = await EngineConnection.AskAsync(socket, Events, cancel).ConfigureAwait(false);
        listening();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancel).ConfigureAwait(false) > 0)
        {
            changed();
        }

        return true;
    });

    private async Task<ValueList<TItem>> ListAsync<TJson, TItem>(
        string path, JsonTypeInfo<TJson> shape, Func<TJson, TItem?> read, CancellationToken cancel, Action<EngineConnection>? answering = null)
        where TItem : class
    {
        using var connection = await EngineConnection.AskAsync(socket, path, cancel).ConfigureAwait(false);
        var stream = new AnswerStream(connection, MaxAnswer);
        await using (stream.ConfigureAwait(false))
        {
            var items = new List<TItem>();
            await foreach (var json in JsonSerializer.DeserializeAsyncEnumerable(stream, shape, cancel).ConfigureAwait(false))
            {
                if (json is not null && read(json) is { } item && items.Count < MaxItems)
                {
                    items.Add(item);
                }
            }

            answering?.Invoke(connection);
            return items.ToValueList();
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new EngineException(e.SocketErrorCode switch
            {
                SocketError.AccessDenied => $"{socket} may not be opened: the user of NetGuard must be in its group, docker",
                _ when !File.Exists(socket) => $"there is no {socket}",
                _ => $"{socket}: {e.Message}",
            }, e);
        }
        catch (JsonException e)
        {
            throw new EngineException($"{socket}: what answers is no Docker Engine, or breaks off", e);
        }
        catch (IOException e)
        {
            throw new EngineException($"{socket}: {e.Message}", e);
        }
    }
}

/// <summary>Docker does not answer, or not as an engine would.</summary>
public sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
