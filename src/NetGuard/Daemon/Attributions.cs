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

    /// <summary>How long it was so; null where its beginning or its end was not told.</summary>
    public TimeSpan? Gap(Drift drift) =>
        mendedAt is { } end && Cause(drift) is { } cause && end > cause.ReceivedAt ? time.GetElapsedTime(cause.ReceivedAt, end) : null;

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
