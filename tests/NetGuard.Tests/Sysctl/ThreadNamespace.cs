using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Xunit;

namespace NetGuard.Tests.Sysctl;

/// <summary>Runs something on a thread of its own in a network namespace of its own, which is gone when the thread is. The machine's own
/// settings are out of reach there.</summary>
internal static partial class ThreadNamespace
{
    private const int CloneNewnet = 0x40000000;
    private const int CloneNewns = 0x00020000;

    /// <summary>Runs with the machine's own mounts.</summary>
    public static void Run(Action action) => Run(CloneNewnet, action);

    /// <summary>Runs with mounts of its own, too.</summary>
    public static void RunWithMounts(Action action) => Run(CloneNewnet | CloneNewns, () =>
    {
        Assert.Equal(0, Start("mount", "--make-rprivate", "/"));
        action();
    });

    private static void Run(int flags, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var isRefused = false;
        var thread = new Thread(() =>
        {
            if (unshare(flags) != 0)
            {
                isRefused = true;
                return;
            }

            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        Assert.SkipWhen(isRefused, "a network namespace takes root");
        failure?.Throw();
    }

    /// <summary>Starts a program in the namespace of the calling thread; a child inherits that of the thread that forks it.</summary>
    /// <returns>The exit status.</returns>
    public static int Start(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Adds interfaces: bridges, since not every kernel has dummies.</summary>
    public static void AddInterfaces(params string[] names)
    {
        foreach (var name in names)
        {
            Assert.Equal(0, Start("ip", "link", "add", name, "type", "bridge"));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
