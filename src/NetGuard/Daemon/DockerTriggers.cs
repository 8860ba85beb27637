using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Docker;

namespace NetGuard.Daemon;

/// <summary>Asks for a round whenever Docker has made or taken away something that a rule may depend on.</summary>
/// <param name="queue">Where rounds are asked for.</param>
/// <param name="time">Measures.</param>
/// <param name="log">Is told of Docker's coming and going.</param>
public sealed class DockerTriggers(TriggerQueue queue, TimeProvider time, GuardLog log) : IAsyncDisposable
{
    // The rest is not kept waiting by an engine that takes its time.
    private static readonly TimeSpan FirstAnswerLimit = TimeSpan.FromMilliseconds(500);

    private readonly TopologyFile _kept = new(KeptAt);
    private TopologyWatch? _watch;
    private Topology _assumed = Topology.Assumed;

    /// <summary>Where what was known last is kept.</summary>
    public static string KeptAt => Path.Combine(InstanceLock.Folder, $"docker-{InstanceLock.NamespaceId()}");

    /// <summary>What is declared; null where Docker is not asked for anything.</summary>
    public DockerConfig? Config { get; private set; }

    /// <summary>What Docker has made, as far as is known.</summary>
    public Topology Topology => _watch?.Known ?? _assumed;

    /// <summary>Whether that is what the engine says now.</summary>
    public bool IsAnswering => _watch?.IsAnswering == true;

    /// <summary>Begins, or goes over to another socket; waits a moment for the first answer.</summary>
    /// <param name="config">What is declared; null where Docker is not asked for anything.</param>
    public async Task UseAsync(DockerConfig? config)
    {
        Config = config;
        if (_watch?.Socket == config?.Socket)
        {
            return;
        }

        await DisposeAsync().ConfigureAwait(false);
        _assumed = config is null ? Topology.Assumed : _kept.Read(config.Socket) ?? Topology.Assumed;
        if (config is not null)
        {
            _watch = new(config.Socket, time, topology => Changed(config.Socket, topology), Told);
            _watch.Start();
            await _watch.FirstAnswer.WaitAsync(FirstAnswerLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Changed(string socket, Topology topology)
    {
        queue.Post(Triggers.Docker); // First: the rules wait for it.
        _kept.Write(socket, topology);
    }

    private void Told(string? why)
    {
        log.Docker(why);
        queue.Post(Triggers.Docker);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watch is { } watch)
        {
            _watch = null;
            await watch.DisposeAsync().ConfigureAwait(false);
        }
    }
}
