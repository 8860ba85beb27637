using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Control;
using NetGuard.Core.Ports;
using NetGuard.Interop;

namespace NetGuard.DBus;

/// <summary>The control interface on the system bus, on a thread of its own. Where the bus is absent or goes away, it is tried again.</summary>
/// <param name="time">Measures.</param>
/// <param name="onNews">Is told when the bus is reached (null) and when it is not, or no longer (why). Once each.</param>
public sealed class ControlBus(TimeProvider time, Action<string?> onNews) : IControlBus
{
    // What the guarding tells faster than the bus takes it is dropped, the oldest first.
    private const int MaxNews = 64;

    // malloc's own first choice.
    private const int LargeBlock = 128 * 1024;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    // However fast things change, who listens is told so many times a second.
    private static readonly TimeSpan BetweenChanges = TimeSpan.FromMilliseconds(100);

    private readonly SafeFileHandle _wake = EventDescriptor.Make();
    private readonly ConcurrentQueue<(string Member, IReadOnlyList<DriftReport> Drifts, int LeftOut)> _news = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private volatile bool _changed;
    private volatile bool _stopping;
    private volatile bool _isReached;
    private bool? _reached;
    private Thread? _thread;

    /// <inheritdoc/>
    public void Start(IGuardControl control)
    {
        _thread = new(() => Run(control)) { IsBackground = true, Name = "control-bus" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Changed()
    {
        // Where nobody hears it there is nobody to be woken for it.
        if (_isReached && !_changed)
        {
            _changed = true;
            EventDescriptor.Set(_wake);
        }
    }

    /// <inheritdoc/>
    public void Detected(IReadOnlyList<DriftReport> drifts, int leftOut) => Tell("DriftDetected", drifts, leftOut);

    /// <inheritdoc/>
    public void Repaired(IReadOnlyList<DriftReport> drifts, int leftOut) => Tell("DriftRepaired", drifts, leftOut);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        EventDescriptor.Set(_wake);

        // Where the bus hangs, the thread goes with the process.
        if (_thread?.Join(StopPatience) != false)
        {
            _wake.Dispose();
        }
    }

    private void Tell(string member, IReadOnlyList<DriftReport> drifts, int leftOut)
    {
        _news.Enqueue((member, drifts, leftOut));
        while (_news.Count > MaxNews && _news.TryDequeue(out _))
        {
        }

        EventDescriptor.Set(_wake);
    }

    private void Run(IGuardControl control)
    {
        // Anybody may send a message of some megabytes. By itself malloc would take the first one for a habit, and keep such memory for the next.
        _ = Libc.MallocOption(Libc.MallocMapThreshold, LargeBlock);
        for (var retry = FirstRetry; !_stopping;)
        {
            try
            {
                Serve(control, () => retry = FirstRetry);
            }
            catch (DllNotFoundException)
            {
                onNews("libsystemd is not installed");
                return;
            }
            catch (BusException e)
            {
                Say(e.Message);
            }
#pragma warning disable CA1031 // An error of our own here must not end the guarding.
            catch (Exception e)
            {
                Say($"an error of NetGuard's own, please report it: {e.GetType().Name}: {e.Message}");
            }
#pragma warning restore CA1031

            var until = time.GetTimestamp();
            while (!_stopping && retry - time.GetElapsedTime(until) is var left && left > TimeSpan.Zero)
            {
                // News wake as well; nobody hears of them.
                _news.Clear();
                _changed = false;
                WaitForWake(left);
            }

            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private void Serve(IGuardControl control, Action onOwned)
    {
        using var bus = BusConnection.Open(_wake);
        var session = new BusSession(bus, control, time, Post);
        var isOwned = false;
        session.RequestName(() =>
        {
            isOwned = true;
            onOwned();
            Say(null);
            _changed = true; // What has changed since the session began.
        });
        var toldAt = 0L;
        while (!_stopping)
        {
            while (_posted.TryDequeue(out var work))
            {
                work();
            }

            while (isOwned && _news.TryDequeue(out var news))
            {
                session.Tell(news.Member, news.Drifts, news.LeftOut);
            }

            TimeSpan? wait = null;
            if (_changed && isOwned)
            {
                wait = BetweenChanges - time.GetElapsedTime(toldAt);
                if (wait <= TimeSpan.Zero)
                {
                    (_changed, toldAt, wait) = (false, time.GetTimestamp(), null);
                    session.TellChanges();
                }
            }

            bus.Turn(wait);
        }
    }

    private void Post(Action work)
    {
        _posted.Enqueue(work);
        EventDescriptor.Set(_wake);
    }

    private void Say(string? why)
    {
        if (_reached != (why is null))
        {
            _isReached = why is null;
            _reached = why is null;
            onNews(why);
        }
    }

    private void WaitForWake(TimeSpan longest)
    {
        var polled = (Span<Libc.PollDescriptor>)[new() { Descriptor = (int)_wake.DangerousGetHandle(), Events = Libc.PollIn }];
        _ = Libc.Poll(polled, 1, (int)Math.Ceiling(longest.TotalMilliseconds));
        if (polled[0].Returned != 0)
        {
            _ = Libc.Read(_wake, stackalloc byte[sizeof(ulong)], sizeof(ulong));
        }
    }
}
