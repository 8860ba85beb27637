using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetGuard.Tests.TestBed;

/// <summary>What the test bed asks of the C library.</summary>
internal static partial class Libc
{
    /// <summary>CLONE_NEWNET, from linux/sched.h.</summary>
    private const int NetworkNamespace = 0x40000000;

    /// <summary>Moves the calling thread, and no other, into a network namespace.</summary>
    public static void EnterNetwork(SafeFileHandle @namespace)
    {
        if (setns(@namespace, NetworkNamespace) != 0)
        {
            throw new IOException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Sends a signal to one process.</summary>
    public static void Send(Signal signal, int pid)
    {
        if (kill(pid, (int)signal) != 0)
        {
            throw new IOException($"kill -{signal} {pid}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setns(SafeFileHandle fd, int nstype);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int signal);
}
