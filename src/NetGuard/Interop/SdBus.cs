using System.Runtime.InteropServices;

namespace NetGuard.Interop;

/// <summary>sd-bus(3), as far as it takes no variable arguments. All return a negative errno where they fail.</summary>
internal static unsafe partial class SdBus
{
    private const string Library = "libsystemd.so.0";

    /// <summary>sd_bus_open_system(3): to DBUS_SYSTEM_BUS_ADDRESS, or else the usual place. Says hello without waiting for the answer.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_open_system")]
    public static partial int OpenSystem(out nint bus);

    /// <summary>sd_bus_close_unref(3): what has not been sent is not sent any more.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_close_unref")]
    public static partial nint CloseUnref(nint bus);

    /// <summary>sd_bus_get_fd(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_get_fd")]
    public static partial int GetDescriptor(nint bus);

    /// <summary>sd_bus_get_events(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_get_events")]
    public static partial int GetEvents(nint bus);

    /// <summary>sd_bus_get_timeout(3): microseconds of CLOCK_MONOTONIC; all ones for never.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_get_timeout")]
    public static partial int GetTimeout(nint bus, out ulong microseconds);

    /// <summary>sd_bus_get_n_queued_write(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_get_n_queued_write")]
    public static partial int GetQueuedWrite(nint bus, out ulong messages);

    /// <summary>sd_bus_process(3): 0 where nothing was left to do.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_process")]
    public static partial int Process(nint bus, nint none);

    /// <summary>sd_bus_add_object(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_add_object", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddObject(nint bus, nint noSlot, string path, delegate* unmanaged<nint, nint, nint, int> callback, nint data);

    /// <summary>sd_bus_add_filter(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_add_filter")]
    public static partial int AddFilter(nint bus, nint noSlot, delegate* unmanaged<nint, nint, nint, int> callback, nint data);

    /// <summary>sd_bus_send(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_send")]
    public static partial int Send(nint bus, nint message, nint noCookie);

    /// <summary>sd_bus_call_async(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_call_async")]
    public static partial int CallAsync(nint bus, nint noSlot, nint message, delegate* unmanaged<nint, nint, nint, int> callback, nint data, ulong microseconds);

    /// <summary>sd_bus_message_new_signal(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_new_signal", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int NewSignal(nint bus, out nint message, string path, string @interface, string member);

    /// <summary>sd_bus_message_new_method_call(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_new_method_call", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int NewMethodCall(nint bus, out nint message, string destination, string path, string @interface, string member);

    /// <summary>sd_bus_message_new_method_return(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_new_method_return")]
    public static partial int NewMethodReturn(nint call, out nint message);

    /// <summary>sd_bus_message_new_method_error(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_new_method_error")]
    public static partial int NewMethodError(nint call, out nint message, in Error error);

    /// <summary>sd_bus_message_ref(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_ref")]
    public static partial nint Ref(nint message);

    /// <summary>sd_bus_message_unref(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_unref")]
    public static partial nint Unref(nint message);

    /// <summary>sd_bus_message_get_type(3): 1 call, 2 return, 3 error, 4 signal.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_type")]
    public static partial int GetType(nint message, out byte type);

    /// <summary>sd_bus_message_get_expect_reply(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_expect_reply")]
    public static partial int GetExpectReply(nint message);

    /// <summary>sd_bus_message_get_allow_interactive_authorization(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_allow_interactive_authorization")]
    public static partial int GetAllowInteractive(nint message);

    /// <summary>sd_bus_message_set_allow_interactive_authorization(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_set_allow_interactive_authorization")]
    public static partial int SetAllowInteractive(nint message, int allow);

    /// <summary>sd_bus_message_set_auto_start(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_set_auto_start")]
    public static partial int SetAutoStart(nint message, int start);

    /// <summary>sd_bus_message_get_sender(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_sender")]
    public static partial nint GetSender(nint message);

    /// <summary>sd_bus_message_get_interface(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_interface")]
    public static partial nint GetInterface(nint message);

    /// <summary>sd_bus_message_get_member(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_member")]
    public static partial nint GetMember(nint message);

    /// <summary>sd_bus_message_get_signature(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_signature")]
    public static partial nint GetSignature(nint message, int complete);

    /// <summary>sd_bus_message_get_error(3); null where it is none.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_error")]
    public static partial Error* GetError(nint message);

    /// <summary>sd_bus_message_append_basic(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_append_basic")]
    public static partial int AppendBasic(nint message, byte type, void* value);

    /// <summary>sd_bus_message_open_container(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_open_container", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenContainer(nint message, byte type, string contents);

    /// <summary>sd_bus_message_close_container(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_close_container")]
    public static partial int CloseContainer(nint message);

    /// <summary>sd_bus_message_read_basic(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_read_basic")]
    public static partial int ReadBasic(nint message, byte type, void* value);

    /// <summary>sd_bus_message_peek_type(3): 0 at the end.</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_peek_type")]
    public static partial int PeekType(nint message, out byte type, out nint contents);

    /// <summary>sd_bus_message_enter_container(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_enter_container", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EnterContainer(nint message, byte type, string contents);

    /// <summary>sd_bus_message_exit_container(3).</summary>
    [LibraryImport(Library, EntryPoint = "sd_bus_message_exit_container")]
    public static partial int ExitContainer(nint message);

    /// <summary>sd_bus_error(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Error
    {
        /// <summary>The error's name.</summary>
        public nint Name;

        /// <summary>What it says to people.</summary>
        public nint Message;

        /// <summary>Whether the two are freed with it.</summary>
        public int NeedsFree;
    }
}
