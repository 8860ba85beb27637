using System.Runtime.InteropServices;
using System.Text;
using NetGuard.Interop;

namespace NetGuard.DBus;

/// <summary>A message. It belongs to the thread of its connection, as all of sd-bus does.</summary>
internal readonly unsafe partial struct BusMessage(nint handle)
{
    private const byte MethodCall = 1;
    private const byte SignalMessage = 4;

    /// <summary>sd-bus's own.</summary>
    public nint Handle => handle;

    /// <summary>Whether somebody wants something.</summary>
    public bool IsCall => Type == MethodCall;

    /// <summary>Whether somebody tells something.</summary>
    public bool IsSignal => Type == SignalMessage;

    /// <summary>Whether the caller waits for an answer.</summary>
    public bool ExpectsReply => SdBus.GetExpectReply(handle) > 0;

    /// <summary>Whether the caller's user may be asked for a password.</summary>
    public bool AllowsInteraction => SdBus.GetAllowInteractive(handle) > 0;

    /// <summary>Whose it is: a unique name, which the bus has put there.</summary>
    public string Sender => Text(SdBus.GetSender(handle));

    /// <summary>The interface; empty where none is given.</summary>
    public string Interface => Text(SdBus.GetInterface(handle));

    /// <summary>The method or signal.</summary>
    public string Member => Text(SdBus.GetMember(handle));

    /// <summary>The types of what is in it.</summary>
    public string Signature => Text(SdBus.GetSignature(handle, 1));

    /// <summary>The error that it is; null where it is none.</summary>
    public BusException? Error
    {
        get
        {
            var error = SdBus.GetError(handle);
            return error is null || error->Name == 0 ? null : BusException.Answered(Text(error->Name), Text(error->Message));
        }
    }

    private byte Type => SdBus.GetType(handle, out var type) < 0 ? (byte)0 : type;

    /// <summary>Holds on to it beyond the callback that it came in.</summary>
    public BusMessage Keep() => new(SdBus.Ref(handle));

    /// <summary>Lets go of it.</summary>
    public void Release() => SdBus.Unref(handle);

    /// <summary>Lets the other side ask this process's user for a password.</summary>
    public void AllowInteraction() => _ = SdBus.SetAllowInteractive(handle, 1);

    /// <summary>An answer to this call. To be released.</summary>
    public BusMessage NewReturn()
    {
        BusException.Check("answering", SdBus.NewMethodReturn(handle, out var message));
        return new(message);
    }

    /// <summary>An answer to this call that says why not. To be released.</summary>
    public BusMessage NewError(string name, string text)
    {
        fixed (byte* nameBytes = Bytes(name), textBytes = Bytes(text))
        {
            BusException.Check("answering", SdBus.NewMethodError(handle, out var message, new() { Name = (nint)nameBytes, Message = (nint)textBytes }));
            return new(message);
        }
    }

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    // Zero bytes and halves of surrogate pairs cannot be sent, and other people's names may hold them.
    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.Replace('\0', '?') + '\0');
}
