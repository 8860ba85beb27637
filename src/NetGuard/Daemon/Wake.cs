namespace NetGuard.Daemon;

/// <summary>Why the worker was woken.</summary>
/// <param name="Triggers">All reasons since the last time.</param>
/// <param name="Changes">What the kernel told, in its order.</param>
public sealed record Wake(Triggers Triggers, IReadOnlyList<KernelChange> Changes)
{
    /// <summary>Whether any of these is among the reasons.</summary>
    public bool Has(Triggers any) => (Triggers & any) != 0;

    /// <summary>
    /// The same without all but the last of the runs of iptables-legacy: none says what it did, what is found is put down to the last one, and
    /// an earlier one, perhaps in another network namespace, says nothing of when it came about.
    /// </summary>
    public Wake WithLastRun() => Changes.Count(change => change.LegacyRun) < 2
        ? this
        : this with { Changes = [.. Changes.Where(change => !change.LegacyRun || change == Changes.Last(one => one.LegacyRun))] };

    /// <summary>Both together. Of many changes the first, which tells since when, and the last are kept.</summary>
    public Wake With(Wake later) => new(
        Triggers | later.Triggers,
        Changes.Count + later.Changes.Count <= TriggerQueue.MaxChanges
            ? [.. Changes, .. later.Changes]
            : [.. Changes.Take(1), .. Changes.Skip(1).Concat(later.Changes).TakeLast(TriggerQueue.MaxChanges - 1)]);
}
