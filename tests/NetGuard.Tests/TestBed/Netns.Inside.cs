using System.Net.Sockets;
using NetGuard.Core.State;

namespace NetGuard.Tests.TestBed;

/// <summary>What the test process itself does in the namespace, without a program.</summary>
public sealed partial class Netns
{
    /// <summary>
    /// Does something on a thread that is in the namespace. Sockets and processes made there stay in it, and
    /// /proc/sys/net is the namespace's own. The thread ends afterwards: none of the pool's is ever moved.
    /// </summary>
    public Task<T> Inside<T>(Func<T> work) => Inside(Path, work);

    /// <summary>The same in any namespace, such as a container's: <c>/proc/PID/ns/net</c>.</summary>
    public static Task<T> Inside<T>(string path, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using (var handle = File.OpenHandle(path, share: FileShare.ReadWrite))
                {
                    Libc.EnterNetwork(handle);
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

    /// <summary>A socket of the namespace, whichever thread then uses it.</summary>
    public Task<Socket> Socket(AddressFamily family, SocketType type, ProtocolType protocol) =>
        Inside(() => new Socket(family, type, protocol));

    /// <summary>A setting as the kernel shows it; null where the kernel does not have it.</summary>
    public Task<string?> Sysctl(string key) =>
        Inside(() => File.Exists(SysctlFile(key)) ? File.ReadAllText(SysctlFile(key)).Trim() : null);

    /// <exception cref="IOException">The kernel does not have this setting, or refuses the value.</exception>
    public Task SetSysctl(string key, string value) =>
        Inside(() =>
        {
            // As sysctl(8) writes: no creation, no truncation, one write.
            using var file = File.OpenHandle(SysctlFile(key), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, System.Text.Encoding.ASCII.GetBytes(value + "\n"), fileOffset: 0);
            return true;
        });

    private static string SysctlFile(string key) => $"/proc/sys/{SysctlKey.Parse(key).RelativePath}";
}
