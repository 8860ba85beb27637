using NetGuard.Core.Docker;

namespace NetGuard.Docker;

/// <summary>
/// Knows what Docker has made, and keeps knowing it: asks the engine, listens to its events, asks again when there are some, and all anew when the
/// stream breaks. While nobody answers, what was known last stays known.
/// </summary>
/// <param name="socket">The engine's unix socket.</param>
/// <param name="time">Measures.</param>
/// <param name="changed">Called with what is known now, if it is not what was known before.</param>
/// <param name="told">Called with the reason when the engine cannot be reached any more, and with null when it answers again.</param>
public sealed class TopologyWatch(string socket, TimeProvider time, Action<Topology> changed, Action<string?> told) : IAsyncDisposable
{
    /// <summary>How long the engine may take for an answer.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    // Against events that got lost on the way.
    private static readonly TimeSpan Backstop = TimeSpan.FromSeconds(60);

    // Docker tells of a container's connection to a network, and only then puts it into the list that it answers with (moby, ConnectToNetwork: first
    // the event, then CheckpointTo).
    private static readonly TimeSpan[] Again = [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private Topology? _known;
    private TimeSpan _retry = FirstRetry;
    private bool? _isThere;
    private bool _answering;

    /// <summary>The engine's unix socket.</summary>
    public string Socket => socket;

    /// <summary>What was known last; null where the engine has never answered.</summary>
    public Topology? Known => Volatile.Read(ref _known);

    /// <summary>Whether the engine answers.</summary>
    public bool IsAnswering => Volatile.Read(ref _answering);

    /// <summary>Completes when the engine has answered for the first time, or cannot be reached.</summary>
    public Task FirstAnswer => _answered.Task;

    /// <summary>Begins.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (SocketActivation.WouldStartDocker(socket))
                {
                    throw new EngineException("Docker is stopped");
                }

                await FollowAsync(new(socket)).ConfigureAwait(false);
                throw new EngineException($"{socket}: the engine has ended the stream of its events");
            }
            catch (EngineException e)
            {
                Tell(e.Message);
            }
            catch (OperationCanceledException)
            {
                Tell($"{socket}: no answer within {AnswerLimit.TotalSeconds:0} s");
            }

            await PauseAsync(_retry).ConfigureAwait(false);
            _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
        }
    }

    // First the stream, then the question: what changes between the two is told.
    private async Task FollowAsync(Engine engine)
    {
        using var news = new SemaphoreSlim(0, 1);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listening = engine.ListenAsync(opened.SetResult, () => Release(news), end.Token);
        try
        {
            await Task.WhenAny(opened.Task, listening).WaitAsync(AnswerLimit, time, _stop.Token).ConfigureAwait(false);
            var (pace, quiet) = (new AskingPace(time), 0);
            while (!listening.IsCompleted)
            {
                await AskAsync(engine).ConfigureAwait(false);
                pace.Asked();
                var next = news.WaitAsync(quiet < Again.Length ? Again[quiet] : Backstop, end.Token);
                await Task.WhenAny(next, listening).ConfigureAwait(false);
                quiet = next is { IsCompletedSuccessfully: true, Result: true } ? 0 : Math.Min(quiet + 1, Again.Length);
                if (quiet == 0 && pace.Next() is var pause && pause > TimeSpan.Zero)
                {
                    await PauseAsync(pause).ConfigureAwait(false);
                }
            }

            await listening.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new EngineException($"{socket}: no answer within {AnswerLimit.TotalSeconds:0} s");
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(Engine engine)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        var topology = await engine.ReadAsync(either.Token).ConfigureAwait(false);
        _retry = FirstRetry;
        Tell(null);
        if (topology != Known)
        {
            Volatile.Write(ref _known, topology);
            changed(topology);
        }

        _answered.TrySetResult();
    }

    private void Tell(string? reason)
    {
        if (!_stop.IsCancellationRequested && _isThere != (reason is null))
        {
            _isThere = reason is null;
            Volatile.Write(ref _answering, reason is null);
            told(reason);
        }

        if (reason is not null)
        {
            _answered.TrySetResult();
        }
    }

    private static void Release(SemaphoreSlim news)
    {
        if (news.CurrentCount == 0)
        {
            try
            {
                news.Release();
            }
            catch (SemaphoreFullException)
            {
                // Told already.
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
