using Microsoft.Extensions.Hosting;
using NetGuard.Core.Ports;

namespace NetGuard.Daemon;

/// <summary>Opens the daemon to others once it guards, never before: the first check waits for no bus.</summary>
public sealed class ControlService(IControlBus bus, IGuardControl control, GuardState state) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        state.Changed += bus.Changed;
        state.Detected += bus.Detected;
        state.Mended += bus.Repaired;
        bus.Start(control);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        state.Changed -= bus.Changed;
        state.Detected -= bus.Detected;
        state.Mended -= bus.Repaired;
        bus.Dispose();
        return Task.CompletedTask;
    }
}
