using NetGuard.Core.Control;
using NetGuard.Core.Ports;

namespace NetGuard.DBus;

/// <summary>One connection's life as org.netguard.NetGuard1: answers calls and tells what has changed.</summary>
internal sealed class BusSession
{
    // While the bus takes nothing, no more is put aside than this; who listens will hear of later events.
    private const int MaxUnsent = 256;

    // dbus-daemon's answer to a request for a name.
    private const uint PrimaryOwner = 1;

    private static readonly TimeSpan NameTimeout = TimeSpan.FromSeconds(25);

    private readonly BusConnection _bus;
    private readonly IGuardControl _control;
    private readonly Authorization _authorization;
    private readonly SenderQuota _quota;
    private readonly Action<Action> _post;
    private BusDictionary _told;

    public BusSession(BusConnection bus, IGuardControl control, TimeProvider time, Action<Action> post)
    {
        (_bus, _control, _post) = (bus, control, post);
        _authorization = new(bus);
        _quota = new(time);
        _told = StatusForm.Properties(control.Status);
        bus.Serve(NetGuard1.Path, OnCall);
    }

    /// <summary>Asks for the name.</summary>
    /// <param name="onOwned">It is ours.</param>
    public void RequestName(Action onOwned)
    {
        const uint doNotQueue = 4;
        var ask = _bus.NewCall(NetGuard1.Driver, NetGuard1.DriverPath, NetGuard1.Driver, "RequestName");
        _bus.Call(ask.Add(NetGuard1.Name).Add(doNotQueue), NameTimeout, answer =>
        {
            if (answer.Error is { } error)
            {
                throw error;
            }

            if (answer.Read() is not PrimaryOwner)
            {
                throw BusException.Answered(NetGuard1.StandardError + "AddressInUse", $"another process has the name {NetGuard1.Name}");
            }

            onOwned();
        });
    }

    /// <summary>Tells what is different from the last time.</summary>
    public void TellChanges()
    {
        var now = StatusForm.Properties(_control.Status);
        var changed = new BusDictionary();
        foreach (var (name, value) in now)
        {
            if (!value.Equals(_told[name]))
            {
                changed[name] = value;
            }
        }

        if (changed.Count == 0)
        {
            return;
        }

        var former = _told.Text("State")!;
        _told = now;
        Tell("PropertiesChanged", NetGuard1.Properties, signal => signal.Add(NetGuard1.Name).Add(changed).Add(Array.Empty<string>()));
        if (changed.Text("State") is { } state)
        {
            Tell("StateChanged", NetGuard1.Name, signal => signal.Add(state).Add(former));
        }
    }

    /// <summary>Tells of drifts.</summary>
    public void Tell(string member, IReadOnlyList<DriftReport> drifts, int leftOut) =>
        Tell(member, NetGuard1.Name, signal => signal.Add(StatusForm.Write(drifts)).Add((uint)leftOut));

    private void Tell(string member, string @interface, Action<BusMessage> fill)
    {
        if (_bus.Unsent < MaxUnsent)
        {
            var signal = _bus.NewSignal(NetGuard1.Path, @interface, member);
            fill(signal);
            _bus.Send(signal);
        }
    }

    // False leaves the answer to sd-bus: no such method.
    private bool OnCall(BusMessage call)
    {
        if (!_quota.Takes(call.Sender))
        {
            Refuse(call, NetGuard1.StandardError + "LimitsExceeded", $"more than {SenderQuota.PerSecond} calls a second");
            return true;
        }

        try
        {
            return call.Interface switch
            {
                NetGuard1.Name or "" when OnOwnCall(call) => true,
                NetGuard1.Properties => OnPropertiesCall(call),
                NetGuard1.Introspectable or "" when call.Member == "Introspect" => Return(call, "", reply => reply.Add(NetGuard1.Introspect())),
                _ => false,
            };
        }
        catch (BusException e) when (e.Errno != BusException.NotConnected)
        {
            Refuse(call, NetGuard1.StandardError + "InvalidArgs", e.Message);
            return true;
        }
    }

    private bool OnOwnCall(BusMessage call) => call.Member switch
    {
        "GetStatus" => Return(call, "", reply => reply.Add(StatusForm.Write(_control.Status))),
        "GetDrift" => Return(call, "", reply => reply.Add(StatusForm.Write(_control.Status.Drift))),
        "Reconcile" => Change(call, "", ownUserToo: false, async _ =>
        {
            var report = await _control.ReconcileAsync().ConfigureAwait(false);
            return reply => reply.Add(StatusForm.Write(report));
        }),
        "Reload" => Change(call, "", ownUserToo: true, async _ =>
        {
            var warnings = await _control.ReloadAsync().ConfigureAwait(false);
            return reply => reply.Add(warnings.ToArray());
        }),
        "TryReload" => Change(call, "u", ownUserToo: false, async caller =>
        {
            var warnings = await _control.TryReloadAsync(TimeSpan.FromSeconds(caller.Seconds)).ConfigureAwait(false);
            return reply => reply.Add(warnings.ToArray());
        }),
        "Confirm" => Change(call, "", ownUserToo: false, async _ =>
        {
            await _control.ConfirmAsync(keep: true).ConfigureAwait(false);
            return _ => { };
        }),
        "RollBack" => Change(call, "", ownUserToo: false, async _ =>
        {
            await _control.ConfirmAsync(keep: false).ConfigureAwait(false);
            return _ => { };
        }),
        "Pause" => Change(call, "u", ownUserToo: false, async caller =>
        {
            var until = await _control.PauseAsync(TimeSpan.FromSeconds(caller.Seconds), caller.Name).ConfigureAwait(false);
            return reply => reply.Add(StatusForm.Time(until));
        }),
        "Resume" => Change(call, "", ownUserToo: false, async caller =>
        {
            var wasPaused = await _control.ResumeAsync(caller.Name).ConfigureAwait(false);
            return reply => reply.Add(wasPaused);
        }),
        _ => false,
    };

    private bool OnPropertiesCall(BusMessage call)
    {
        switch (call.Member)
        {
            case "Get" when Takes(call, "ss"):
                var (@interface, name) = ((string)call.Read(), (string)call.Read());
                if (@interface == NetGuard1.Name && StatusForm.Properties(_control.Status).TryGetValue(name, out var value))
                {
                    return Return(call, "ss", reply => reply.AddVariant(value));
                }

                Refuse(call, NetGuard1.StandardError + "UnknownProperty", $"{@interface} has no property {name} here");
                return true;
            case "GetAll" when Takes(call, "s"):
                var own = (string)call.Read() == NetGuard1.Name;
                return Return(call, "s", reply => reply.Add(own ? StatusForm.Properties(_control.Status) : []));
            case "Set":
                Refuse(call, NetGuard1.StandardError + "PropertyReadOnly", "properties can only be read; see the methods Pause, Resume, Reload and Reconcile");
                return true;
            case "Get" or "GetAll":
                return true;
            default:
                return false;
        }
    }

    private bool Return(BusMessage call, string signature, Action<BusMessage> fill)
    {
        if (Takes(call, signature))
        {
            var reply = call.NewReturn();
            fill(reply);
            _bus.Send(reply);
        }

        return true;
    }

    private bool Change(BusMessage call, string signature, bool ownUserToo, Func<Request, Task<Action<BusMessage>>> work)
    {
        if (!Takes(call, signature))
        {
            return true;
        }

        var seconds = signature == "u" ? (uint)call.Read() : 0;
        var kept = call.Keep();
        _authorization.Check(
            kept,
            ownUserToo,
            caller => work(new(caller.ToString(), seconds)).ContinueWith(
                done => _post(() => Finish(kept, done)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default),
            (name, text) =>
            {
                Refuse(kept, name, text);
                kept.Release();
            });
        return true;
    }

    private void Finish(BusMessage call, Task<Action<BusMessage>> done)
    {
        try
        {
            if (done.IsCompletedSuccessfully)
            {
                var reply = call.NewReturn();
                done.Result(reply);
                _bus.Send(reply);
                return;
            }

            var (kind, text) = done.Exception?.InnerException is ControlRefusedException refused
                ? (refused.Kind, refused.Message)
                : (RefusalKind.Failed, done.Exception?.InnerException?.Message ?? "stopped before it was done");
            Refuse(call, NetGuard1.Error + kind, text);
        }
        finally
        {
            call.Release();
        }
    }

    private bool Takes(BusMessage call, string signature)
    {
        if (call.Signature == signature)
        {
            return true;
        }

        Refuse(call, NetGuard1.StandardError + "InvalidArgs", $"{call.Member} takes \"{signature}\", not \"{call.Signature}\"");
        return false;
    }

    private void Refuse(BusMessage call, string name, string text)
    {
        if (call.ExpectsReply)
        {
            _bus.Send(call.NewError(name, text));
        }
    }

    private readonly record struct Request(string Name, uint Seconds);
}
