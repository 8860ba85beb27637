namespace NetGuard.Daemon;

/// <summary>Why the worker was woken.</summary>
/// <param name="Triggers">All reasons since the last time.</param>
/// <param name="Changes">What the kernel told, in its order.</param>
public sealed record Wake(Triggers Triggers, IReadOnlyList<KernelChange> Changes)
{
    /// <summary>Whether any of these is among the reasons.</summary>
    public bool Has(Triggers any) => (Triggers & any) != 0;

    /// <summary>Both together. Of many changes the first, which tells since when, and the last are kept.</summary>
    public Wake With(Wake later) => new(
        Triggers | later.Triggers,
        Changes.Count + later.Changes.Count <= TriggerQueue.MaxChanges
            ? [.. Changes, .. later.Changes]
            : [.. Changes.Take(1), .. Changes.Skip(1).Concat(later.Changes).TakeLast(TriggerQueue.MaxChanges - 1)]);
}
