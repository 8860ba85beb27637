using System.Runtime.InteropServices;

namespace NetGuard.Tests.DBus;

/// <summary>Does something as another user, on a thread that ends with it: the kernel keeps a thread's credentials, libc a process's.</summary>
internal static partial class AsUser
{
    public static Task<T> Run<T>(uint uid, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                if (uid != 0)
                {
                    Become(uid);
                }

                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return done.Task;
    }

    private static void Become(uint uid)
    {
        var (setUser, setGroup) = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (117, 119) : (147, 149);
        if (syscall(setGroup, uid, uid, uid) != 0 || syscall(setUser, uid, uid, uid) != 0)
        {
            throw new IOException($"setresuid: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nuint first, nuint second, nuint third);
}
