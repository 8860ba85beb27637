using NetGuard.Core.Control;

namespace NetGuard.Core.Ports;

/// <summary>Where others reach the daemon, and hear from it. No method blocks or throws: the guarding never waits for whoever listens.</summary>
public interface IControlBus : IDisposable
{
    /// <summary>Begins to answer. Where there is nothing to connect to, it is tried again until there is.</summary>
    void Start(IGuardControl control);

    /// <summary>The status has changed.</summary>
    void Changed();

    /// <summary>Drifts were found that were not known before.</summary>
    void Detected(IReadOnlyList<DriftReport> drifts, int leftOut);

    /// <summary>Drifts were repaired.</summary>
    void Repaired(IReadOnlyList<DriftReport> drifts, int leftOut);
}
