using NetGuard.Core.Attribution;
using NetGuard.Core.Diff;

namespace NetGuard.Daemon;

/// <summary>Says for each drift which change brought it about.</summary>
/// <param name="changes">What strangers did before the repair, in its order.</param>
/// <param name="mendedAt">When the repair was in force: a timestamp; null where nothing was repaired.</param>
/// <param name="time">Measures between timestamps.</param>
public sealed class Attributions(IReadOnlyList<KernelChange> changes, long? mendedAt, TimeProvider time)
{
    /// <summary>For a drift whose cause nobody saw.</summary>
    public static Attributions None { get; } = new([], null, TimeProvider.System);

    /// <summary>Who; <see cref="Culprit.Unknown"/> where nobody was seen.</summary>
    public Culprit By(Drift drift) => Cause(drift)?.Culprit ?? Culprit.Unknown;

    /// <summary>When Docker was last seen to change something: a timestamp; null where it was not.</summary>
    public long? DockerSeenAt => changes.LastOrDefault(change => AuthorOf(change) == Author.Docker)?.ReceivedAt;

    /// <summary>Whether it was Docker itself, as far as that was seen.</summary>
    public Author AuthorOf(Drift drift) => Cause(drift) is { } cause ? AuthorOf(cause) : Author.Unknown;

    /// <summary>How long it was so; null where its beginning or its end was not told.</summary>
    public TimeSpan? Gap(Drift drift) =>
        mendedAt is { } end && Cause(drift) is { } cause && end > cause.ReceivedAt ? time.GetElapsedTime(cause.ReceivedAt, end) : null;

    private static Author AuthorOf(KernelChange change) => Authorship.Of(change.Pid, change.Name, change.Seen, change.Ticks);

    // The last one that did what the drift is; one that did something else to the chain is a worse guess, but the only one.
    private KernelChange? Cause(Drift drift)
    {
        KernelChange? touched = null;
        for (var i = changes.Count - 1; i >= 0; i--)
        {
            var change = changes[i];
            if (mendedAt is { } end && change.ReceivedAt > end || !change.MayHaveCaused(drift))
            {
                continue;
            }

            if (change.Fits(drift))
            {
                return change;
            }

            touched ??= change;
        }

        return touched;
    }
}
