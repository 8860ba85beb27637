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

    private TopologyWatch? _watch;

    /// <summary>What Docker has made, as far as is known.</summary>
    public Topology Topology => _watch?.Known ?? Topology.Assumed;

    /// <summary>Whether that is what the engine says now.</summary>
    public bool IsAnswering => _watch?.IsAnswering == true;

    /// <summary>Begins, or goes over to another socket; waits a moment for the first answer.</summary>
    /// <param name="config">What is declared; null where Docker is not asked for anything.</param>
    public async Task UseAsync(DockerConfig? config)
    {
        if (_watch?.Socket == config?.Socket)
        {
            return;
        }

        await DisposeAsync().ConfigureAwait(false);
        if (config is not null)
        {
            _watch = new(config.Socket, time, _ => queue.Post(Triggers.Docker), Told);
            _watch.Start();
            await _watch.FirstAnswer.WaitAsync(FirstAnswerLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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
