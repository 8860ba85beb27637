using NetGuard.Core.Control;
using NetGuard.Core.State;

namespace NetGuard.Core.Ports;

/// <summary>What the daemon lets others see and ask for. It may be called from any thread, and never keeps the guarding waiting.</summary>
public interface IGuardControl
{
    /// <summary>How things stand. Cheap: it is made when something has changed, not when somebody asks.</summary>
    GuardStatus Status { get; }

    /// <summary>Asks for a full check and repair.</summary>
    /// <returns>What came of it.</returns>
    /// <exception cref="ControlRefusedException">It could not be done.</exception>
    Task<ReconcileReport> ReconcileAsync();

    /// <summary>Asks for the configuration to be read again.</summary>
    /// <returns>The warnings about the one that is in force now.</returns>
    /// <exception cref="ControlRefusedException">It has mistakes, all of which are told, or could not be tried.</exception>
    Task<ValueList<string>> ReloadAsync();

    /// <summary>Asks for the configuration to be read again and enforced on trial: unless it is confirmed in time, the former one is in force again.</summary>
    /// <returns>The warnings about the one that is on trial now.</returns>
    /// <exception cref="ControlRefusedException">It has mistakes, or another one is on trial already.</exception>
    Task<ValueList<string>> TryReloadAsync(TimeSpan within);

    /// <summary>Decides what becomes of the configuration on trial. Done when that is in force.</summary>
    /// <exception cref="ControlRefusedException">Nothing is on trial.</exception>
    Task ConfirmAsync(bool keep);

    /// <summary>Pauses repairs, or changes how long a pause lasts.</summary>
    /// <returns>When it ends.</returns>
    /// <exception cref="ControlRefusedException">It is too short or too long.</exception>
    Task<DateTimeOffset> PauseAsync(TimeSpan length, string by);

    /// <summary>Ends a pause. Done when all has been put right that drifted meanwhile.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ControlRefusedException">It could not be done.</exception>
    Task<bool> ResumeAsync(string by);
}
