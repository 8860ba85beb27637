namespace NetGuard.Daemon;

/// <summary>Why the worker was woken.</summary>
/// <param name="Triggers">All reasons since the last time.</param>
/// <param name="Changes">What the kernel told, in its order.</param>
public sealed record Wake(Triggers Triggers, IReadOnlyList<KernelChange> Changes)
{
    /// <summary>Whether any of these is among the reasons.</summary>
    public bool Has(Triggers any) => (Triggers & any) != 0;
}
