using System.Globalization;

namespace NetGuard.Tests.TestBed;

/// <summary>What an engine leaves behind: containers' processes and their shims, mounts, files; of this run, and of runs that were killed.</summary>
internal static class DockerLeftovers
{
    private const string Prefix = "/var/lib/netguard-tests-docker-";

    private static readonly Lazy<Task> Once = new(RemoveOrphans);
    private static int s_made;

    /// <summary>Removes those of runs that live no more, once in this run.</summary>
    public static Task Removed() => Once.Value;

    /// <summary>Makes a folder for an engine. Not in /tmp or /run, which may be mounted without the right to run programs.</summary>
    public static string NewFolder() =>
        Directory.CreateDirectory($"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}").FullName;

    /// <summary>Ends what still runs, takes mounts away, deletes.</summary>
    public static async Task Remove(string folder)
    {
        var containers = Path.Combine(folder, "data/containers");
        string[] ids = Directory.Exists(containers) ? [.. Directory.GetDirectories(containers).Select(path => Path.GetFileName(path))] : [];
        foreach (var pid in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit)))
        {
            // Shims and containerd have the folder in their command lines; containers are known by their control groups.
            if (Text($"/proc/{pid}/cmdline").Contains(folder + "/", StringComparison.Ordinal)
                || Text($"/proc/{pid}/cgroup") is var group && ids.Any(id => group.Contains(id, StringComparison.Ordinal)))
            {
                Kill(int.Parse(pid!, CultureInfo.InvariantCulture));
            }
        }

        foreach (var mount in Text("/proc/self/mounts").Split('\n').Select(line => line.Split(' ')).Where(parts => parts.Length > 1)
            .Select(parts => parts[1]).Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)).Reverse())
        {
            await Programs.Run("umount", ["--lazy", mount]);
        }

        for (var tries = 0; Directory.Exists(folder); tries++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (tries < 50)
            {
                await Task.Delay(100); // A process that was killed is not gone at once.
            }
        }
    }

    private static async Task RemoveOrphans()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetDirectoryName(Prefix)!, Path.GetFileName(Prefix) + "*"))
        {
            if (int.TryParse(folder[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId && !Directory.Exists($"/proc/{pid}"))
            {
                await Remove(folder);
            }
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            Libc.Send(Signal.Kill, pid);
        }
        catch (IOException)
        {
            // Ended by itself.
        }
    }

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
