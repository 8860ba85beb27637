using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetGuard.Interop;

/// <summary>An eventfd(2) that ends another thread's poll(2).</summary>
public static class EventDescriptor
{
    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">The kernel gives none: too many files are open.</exception>
    public static SafeFileHandle Make()
    {
        var descriptor = Libc.EventFd(0, Libc.EventFdFlags);
        return descriptor >= 0 ? new(descriptor, ownsHandle: true) : throw new IOException($"no eventfd: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Ends the waiting of whoever waits for it.</summary>
    public static void Set(SafeFileHandle descriptor) => Libc.Write(descriptor, BitConverter.GetBytes(1UL), sizeof(ulong));
}
