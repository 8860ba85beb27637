using System.Globalization;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// What a machine leaves: mounts, a folder, control groups. Those of earlier runs that were killed go as well: they carry the pid of the
/// run that made them, and where no such process lives nobody else will take them away.
/// </summary>
internal static class Remains
{
    public const string Prefix = "netguard-tests-";

    private static readonly string[] Hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"];
    private static readonly Lazy<Task> Once = new(RemoveOrphans);

    /// <summary>Removes those of earlier runs, once in this run.</summary>
    public static Task Removed() => Once.Value;

    /// <summary>Removes what is left of one machine, whatever runs in it.</summary>
    public static async Task Remove(string name)
    {
        var groups = Hierarchies.Select(hierarchy => Path.Combine(hierarchy, name)).Where(Directory.Exists).ToList();
        using var patience = new CancellationTokenSource(Programs.Patience);
        while (groups.SelectMany(Processes).ToList() is { Count: > 0 } pids && !patience.IsCancellationRequested)
        {
            foreach (var pid in pids.Distinct())
            {
                Kill(pid);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
        groups.ForEach(RemoveGroup);
        var folder = Path.Combine(MachineImage.Cache, "machines", name);
        if (Directory.Exists(folder))
        {
            await Programs.Run("umount", ["--recursive", Path.Combine(folder, "root")]);
            await Programs.Run("umount", ["--recursive", folder]);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RemoveOrphans()
    {
        var folder = Path.Combine(MachineImage.Cache, "machines");
        var names = Hierarchies.Append(folder).Where(Directory.Exists).SelectMany(parent => Directory.GetDirectories(parent, Prefix + "*"));
        foreach (var name in names.Select(path => Path.GetFileName(path)).Distinct().Where(IsOrphan))
        {
            await Remove(name);
        }
    }

    private static bool IsOrphan(string name) =>
        int.TryParse(name[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var pid) && !Directory.Exists($"/proc/{pid}");

    private static IEnumerable<int> Processes(string group) =>
        Directory.GetFiles(group, "cgroup.procs", SearchOption.AllDirectories)
            .SelectMany(File.ReadAllLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(pid => pid > 0);

    private static void Kill(int pid)
    {
        try
        {
            Libc.Send(Signal.Kill, pid);
        }
        catch (IOException)
        {
            // Ended between the question and the signal.
        }
    }

    // From the innermost: the files in them cannot be deleted and need not be.
    private static void RemoveGroup(string group)
    {
        foreach (var inner in Directory.GetDirectories(group, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(group))
        {
            Directory.Delete(inner);
        }
    }
}
