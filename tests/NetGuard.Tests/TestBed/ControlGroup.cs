using System.Globalization;

namespace NetGuard.Tests.TestBed;

/// <summary>A control group of a test's own that limits one thing, in whichever version of control groups the machine has for it.</summary>
internal sealed class ControlGroup : IDisposable
{
    private static int s_made;

    private readonly string _controller;
    private readonly bool _isFirstVersion;

    private ControlGroup(string controller, string folder, bool isFirstVersion) => (_controller, Folder, _isFirstVersion) = (controller, folder, isFirstVersion);

    /// <summary>Where the kernel shows it.</summary>
    public string Folder { get; }

    /// <summary>Makes one; null where this machine does not let anybody limit that.</summary>
    /// <param name="controller"><c>memory</c> or <c>pids</c>.</param>
    public static ControlGroup? Create(string controller)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"netguard-tests-{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}");
        foreach (var (root, isFirst) in new[] { ($"/sys/fs/cgroup/{controller}", true), ("/sys/fs/cgroup", false), ("/sys/fs/cgroup/unified", false) })
        {
            if (isFirst ? File.Exists($"{root}/cgroup.procs") : Controllers($"{root}/cgroup.controllers").Contains(controller))
            {
                try
                {
                    if (!isFirst && !Controllers($"{root}/cgroup.subtree_control").Contains(controller))
                    {
                        File.WriteAllText($"{root}/cgroup.subtree_control", $"+{controller}");
                    }

                    return new(controller, Directory.CreateDirectory($"{root}/{name}").FullName, isFirst);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // In a container they can often be looked at only.
                }
            }
        }

        return null;
    }

    /// <summary>Puts a process with all its threads into it.</summary>
    public void Add(int pid) => Write("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets the limit: bytes of memory, or a number of processes and threads; null for none.</summary>
    public void Limit(long? most) => Write(
        _controller == "memory" && _isFirstVersion ? "memory.limit_in_bytes" : $"{_controller}.max",
        most?.ToString(CultureInfo.InvariantCulture) ?? (_controller == "memory" && _isFirstVersion ? "-1" : "max"));

    /// <summary>How many processes and threads are in it.</summary>
    public int Count() => int.Parse(File.ReadAllText($"{Folder}/pids.current"), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        for (var tries = 0; Directory.Exists(Folder); tries++)
        {
            try
            {
                Directory.Delete(Folder);
            }
            catch (IOException) when (tries < 100)
            {
                Thread.Sleep(50); // Who has ended is not gone at once.
            }
        }
    }

    private void Write(string file, string value) => File.WriteAllText($"{Folder}/{file}", value);

    private static string[] Controllers(string file) => File.Exists(file) ? File.ReadAllText(file).Split([' ', '\n']) : [];
}
