using System.Runtime.InteropServices;

namespace NetGuard.Daemon;

/// <summary>SIGHUP asks for the configuration to be read again.</summary>
public sealed class HangupSignal : ITriggerSource
{
    /// <inheritdoc/>
    public IDisposable Subscribe(TriggerQueue queue) => PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        queue.Post(Triggers.Reload);
    });
}
