using Microsoft.Win32.SafeHandles;
using NetGuard.Core.Control;
using NetGuard.Core.State;
using NetGuard.Interop;

namespace NetGuard.DBus;

/// <summary>The other side of the control interface: asks a running daemon, and hears from it. One thread's own.</summary>
internal sealed class GuardClient : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(25);

    // A check, or a password that somebody types.
    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromMinutes(3);

    private readonly SafeFileHandle _wake = EventDescriptor.Make();
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenRegistration _registration;
    private readonly BusConnection _bus;
    private string _owner = "";

    private GuardClient(CancellationToken cancel)
    {
        _cancel = cancel;
        try
        {
            _bus = BusConnection.Open(_wake);
        }
        catch (Exception e) when (e is BusException or DllNotFoundException)
        {
            _wake.Dispose();
            throw new NotRunningException($"the daemon cannot be asked: {(e is BusException ? e.Message : "libsystemd is not installed")}");
        }

        _registration = cancel.Register(() => EventDescriptor.Set(_wake));
    }

    /// <summary>Connects to the bus.</summary>
    /// <exception cref="NotRunningException">There is none.</exception>
    public static GuardClient Connect(CancellationToken cancel) => new(cancel);

    /// <summary>How things stand.</summary>
    public GuardStatus GetStatus() => StatusForm.ReadStatus((BusDictionary)Ask("GetStatus", AnswerTimeout)!);

    /// <summary>Pauses repairs.</summary>
    /// <returns>When the pause ends.</returns>
    public DateTimeOffset Pause(TimeSpan length) => StatusForm.Time((ulong)Ask("Pause", ChangeTimeout, (uint)length.TotalSeconds)!) ?? default;

    /// <summary>Ends a pause.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Resume() => (bool)Ask("Resume", ChangeTimeout)!;

    /// <summary>Has the configuration read again.</summary>
    /// <returns>The warnings about it.</returns>
    public ValueList<string> Reload() => ((string[])Ask("Reload", ChangeTimeout)!).ToValueList();

    /// <summary>Has the configuration read again, and enforced on trial.</summary>
    /// <returns>The warnings about it.</returns>
    public ValueList<string> TryReload(TimeSpan within) => ((string[])Ask("TryReload", ChangeTimeout, (uint)Math.Ceiling(within.TotalSeconds))!).ToValueList();

    /// <summary>Decides what becomes of what is on trial.</summary>
    public void Confirm(bool keep) => Ask(keep ? "Confirm" : "RollBack", ChangeTimeout);

    /// <summary>Asks to be told of what happens from now on.</summary>
    /// <param name="onSignal">Gets each signal.</param>
    public void Listen(Action<GuardSignal> onSignal)
    {
        // Anybody may send a signal to this very connection; it is believed from the name's owner alone, and who that is, from the bus.
        _bus.Listen(signal =>
        {
            if (signal.Interface == NetGuard1.Name && signal.Sender == _owner || signal.Interface == NetGuard1.Driver && signal.Sender == NetGuard1.Driver)
            {
                Hear(signal, onSignal);
            }
        });
        Match($"type='signal',sender='{NetGuard1.Name}',path='{NetGuard1.Path}',interface='{NetGuard1.Name}'");
        Match($"type='signal',sender='{NetGuard1.Driver}',interface='{NetGuard1.Driver}',member='NameOwnerChanged',arg0='{NetGuard1.Name}'");
        _owner = (string)Ask(_bus.NewCall(NetGuard1.Driver, NetGuard1.DriverPath, NetGuard1.Driver, "GetNameOwner").Add(NetGuard1.Name), AnswerTimeout)!;
    }

    /// <summary>Takes the signals that have come, or waits for one.</summary>
    /// <exception cref="NotRunningException">The bus is gone.</exception>
    public void Wait(TimeSpan longest)
    {
        try
        {
            _bus.Turn(longest);
        }
        catch (BusException e)
        {
            throw new NotRunningException($"the daemon can no longer be heard: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _bus.Dispose();
        _wake.Dispose();
    }

    private void Hear(BusMessage signal, Action<GuardSignal> onSignal)
    {
        switch (signal.Member)
        {
            case "DriftDetected" or "DriftRepaired" when signal.Signature == "aa{sv}u":
                onSignal(new(signal.Member == "DriftRepaired" ? GuardSignalKind.Repaired : GuardSignalKind.Detected)
                {
                    Drifts = StatusForm.ReadDrifts((BusDictionary[])signal.Read()),
                    LeftOut = (int)(uint)signal.Read(),
                });
                break;
            case "StateChanged" when signal.Signature == "ss":
                onSignal(new(GuardSignalKind.State) { State = (string)signal.Read(), Former = (string)signal.Read() });
                break;
            case "NameOwnerChanged" when signal.Signature == "sss":
                (_, _, _owner) = (signal.Read(), signal.Read(), (string)signal.Read());
                onSignal(new(_owner.Length > 0 ? GuardSignalKind.Started : GuardSignalKind.Gone));
                break;
        }
    }

    private void Match(string rule) => Ask(
        _bus.NewCall(NetGuard1.Driver, NetGuard1.DriverPath, NetGuard1.Driver, "AddMatch").Add(rule), AnswerTimeout);

    private object? Ask(string method, TimeSpan timeout, params object[] arguments)
    {
        var call = _bus.NewCall(NetGuard1.Name, NetGuard1.Path, NetGuard1.Name, method);
        call.AllowInteraction();
        foreach (var argument in arguments)
        {
            call.Add(argument);
        }

        return Ask(call, timeout);
    }

    private object? Ask(BusMessage call, TimeSpan timeout)
    {
        (object? Value, BusException? Error)? answer = null;
        try
        {
            _bus.Call(call, timeout, reply => answer = reply.Error is { } error ? (null, error) : (reply.Signature.Length > 0 ? reply.Read() : null, null));
            while (answer is null)
            {
                _cancel.ThrowIfCancellationRequested();
                _bus.Turn(null);
            }
        }
        catch (BusException e)
        {
            throw new NotRunningException($"the daemon cannot be asked: {e.Message}");
        }

        return answer.Value.Error switch
        {
            null => answer.Value.Value,
            { Name: NetGuard1.StandardError + "ServiceUnknown" or NetGuard1.StandardError + "NameHasNoOwner" } =>
                throw new NotRunningException("the daemon is not running, or is not on the system bus (systemctl start netguard)") { IsNameFree = true },
            { Name: NetGuard1.StandardError + "NoReply" or NetGuard1.StandardError + "Timeout" } => throw new NotRunningException("the daemon does not answer"),
            var error => throw error,
        };
    }
}
