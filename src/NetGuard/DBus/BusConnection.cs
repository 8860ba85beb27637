using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetGuard.Interop;

namespace NetGuard.DBus;

/// <summary>
/// A connection to the system bus. One thread owns it, makes its <see cref="Turn"/>s and calls everything else; only <see cref="EventDescriptor.Set"/> is for
/// any thread. Nothing here waits for the other side.
/// </summary>
internal sealed unsafe class BusConnection : IDisposable
{
    // Between two batches of messages the owner gets to look after its own work.
    private const int Batch = 32;

    private const int ClockMonotonic = 1;

    // sd-bus calls back from within Turn only, so on the thread whose connection this is; no handle needs to be kept for it.
    [ThreadStatic]
    private static BusConnection? t_turning;

    private readonly Dictionary<nint, Action<BusMessage>> _replies = [];
    private readonly SafeFileHandle _wake;
    private nint _bus;
    private nint _lastReply;
    private Func<BusMessage, bool>? _onCall;
    private Action<BusMessage>? _onSignal;
    private ExceptionDispatchInfo? _fault;

    private BusConnection(nint bus, SafeFileHandle wake) => (_bus, _wake) = (bus, wake);

    /// <summary>How many messages have not been taken by the bus yet.</summary>
    public long Unsent => SdBus.GetQueuedWrite(_bus, out var messages) < 0 ? 0 : (long)messages;

    /// <summary>Begins to connect.</summary>
    /// <param name="wake">An eventfd that ends a <see cref="Turn"/>'s waiting; the caller's.</param>
    /// <exception cref="BusException">There is no bus, or none that takes us.</exception>
    public static BusConnection Open(SafeFileHandle wake)
    {
        BusException.Check("no connection to the system bus", SdBus.OpenSystem(out var bus));
        var connection = new BusConnection(bus, wake);
        try
        {
            BusException.Check("no connection to the system bus", SdBus.AddFilter(bus, 0, &OnMessage, 0));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Answers calls to an object.</summary>
    /// <param name="path">The object.</param>
    /// <param name="onCall">Says whether the call was one of its own; sd-bus answers the others.</param>
    public void Serve(string path, Func<BusMessage, bool> onCall)
    {
        _onCall = onCall;
        BusException.Check("no connection to the system bus", SdBus.AddObject(_bus, 0, path, &OnObject, 0));
    }

    /// <summary>Hears the signals that were asked for with a match.</summary>
    public void Listen(Action<BusMessage> onSignal) => _onSignal = onSignal;

    /// <summary>A call to be filled in. To be released.</summary>
    public BusMessage NewCall(string destination, string path, string @interface, string member)
    {
        BusException.Check("a message cannot be made", SdBus.NewMethodCall(_bus, out var message, destination, path, @interface, member));
        return new(message);
    }

    /// <summary>A signal to be filled in. To be released.</summary>
    public BusMessage NewSignal(string path, string @interface, string member)
    {
        BusException.Check("a message cannot be made", SdBus.NewSignal(_bus, out var message, path, @interface, member));
        return new(message);
    }

    /// <summary>Sends a message, or puts it aside until the bus takes it, and releases it.</summary>
    public void Send(BusMessage message)
    {
        var result = SdBus.Send(_bus, message.Handle, 0);
        message.Release();
        BusException.Check("a message cannot be sent", result);
    }

    /// <summary>Sends a call and releases it; the answer comes in one of the next turns, an error if it took too long.</summary>
    public void Call(BusMessage call, TimeSpan timeout, Action<BusMessage> onReply)
    {
        var number = ++_lastReply;
        var result = SdBus.CallAsync(_bus, 0, call.Handle, &OnReply, number, (ulong)timeout.TotalMicroseconds);
        call.Release();
        BusException.Check("a message cannot be sent", result);
        _replies[number] = onReply;
    }

    /// <summary>Takes what has come, up to a batch; where there is nothing, waits for it.</summary>
    /// <param name="longest">The longest wait; null for as long as it takes.</param>
    /// <exception cref="BusException">The connection is gone.</exception>
    public void Turn(TimeSpan? longest)
    {
        var former = t_turning;
        t_turning = this;
        try
        {
            for (var i = 0; i < Batch; i++)
            {
                var left = SdBus.Process(_bus, 0);
                _fault?.Throw();
                if (BusException.Check("the connection to the system bus is gone", left) == 0)
                {
                    // What was taken may be what the owner was waiting for.
                    if (i == 0)
                    {
                        Wait(longest);
                    }

                    return;
                }
            }
        }
        finally
        {
            t_turning = former;
        }
    }

    /// <summary>Ends the connection. What waits for an answer does not get one.</summary>
    public void Dispose()
    {
        if (_bus != 0)
        {
            _ = SdBus.CloseUnref(_bus);
            _bus = 0;
            _replies.Clear();
        }
    }

    private void Wait(TimeSpan? longest)
    {
        var milliseconds = longest is { } limit ? Math.Ceiling(limit.TotalMilliseconds) : -1;
        BusException.Check("the connection to the system bus is gone", SdBus.GetTimeout(_bus, out var at));
        if (at != ulong.MaxValue)
        {
            _ = Libc.ClockGetTime(ClockMonotonic, out var now);
            var left = Math.Max(0, Math.Ceiling(at / 1000.0 - now.Seconds * 1000.0 - now.Nanoseconds / 1e6));
            milliseconds = milliseconds < 0 ? left : Math.Min(left, milliseconds);
        }

        var polled = (Span<Libc.PollDescriptor>)
        [
            new() { Descriptor = SdBus.GetDescriptor(_bus), Events = (short)BusException.Check("the connection to the system bus is gone", SdBus.GetEvents(_bus)) },
            new() { Descriptor = (int)_wake.DangerousGetHandle(), Events = Libc.PollIn },
        ];
        _ = Libc.Poll(polled, (nuint)polled.Length, (int)Math.Min(milliseconds, int.MaxValue));
        if (polled[1].Returned != 0)
        {
            _ = Libc.Read(_wake, stackalloc byte[sizeof(ulong)], sizeof(ulong));
        }
    }

    [UnmanagedCallersOnly]
    private static int OnObject(nint message, nint data, nint error) => Called(message, (connection, call) =>
        call.IsCall && connection._onCall is { } onCall && onCall(call));

    [UnmanagedCallersOnly]
    private static int OnMessage(nint message, nint data, nint error) => Called(message, (connection, signal) =>
    {
        if (signal.IsSignal)
        {
            connection._onSignal?.Invoke(signal);
        }

        return false;
    });

    [UnmanagedCallersOnly]
    private static int OnReply(nint message, nint data, nint error) => Called(message, (connection, reply) =>
    {
        if (connection._replies.Remove(data, out var onReply))
        {
            onReply(reply);
        }

        return true;
    });

    // No exception may pass through sd-bus's frames: it comes up again at the end of the turn.
    private static int Called(nint message, Func<BusConnection, BusMessage, bool> callback)
    {
        if (t_turning is not { } connection)
        {
            return 0;
        }

        try
        {
            return callback(connection, new(message)) ? 1 : 0;
        }
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            connection._fault = ExceptionDispatchInfo.Capture(e);
            return 1;
        }
    }
}
