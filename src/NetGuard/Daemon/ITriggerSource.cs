namespace NetGuard.Daemon;

/// <summary>Something that notices reasons for a check: a signal, a kernel event.</summary>
public interface ITriggerSource
{
    /// <summary>Begins to post triggers. Called before the first snapshot, so that no change falls between the two.</summary>
    /// <returns>What ends it.</returns>
    IDisposable Subscribe(TriggerQueue queue);
}
