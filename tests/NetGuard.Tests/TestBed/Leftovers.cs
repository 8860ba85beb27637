using System.Globalization;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// What earlier runs left behind because they were killed. Namespaces and folders carry the pid of the run that made them;
/// where no such process lives, nobody else will take them away.
/// </summary>
internal static class Leftovers
{
    public const string NetnsPrefix = "ngt-";
    public const string FolderPrefix = "/run/netguard-tests-";
    public const string NetnsFolder = "/run/netns";

    private static readonly Lazy<Task> Once = new(Remove);

    /// <summary>Removes them, once in this run.</summary>
    public static Task Removed() => Once.Value;

    internal static async Task Remove()
    {
        foreach (var folder in Directory.GetDirectories("/run", "netguard-tests-*").Where(f => IsOrphan(f[FolderPrefix.Length..])))
        {
            Directory.Delete(folder, recursive: true);
        }
        if (!Directory.Exists(NetnsFolder))
        {
            return;
        }
        var names = Directory.GetFiles(NetnsFolder, NetnsPrefix + "*").Select(Path.GetFileName).OfType<string>();
        foreach (var name in names.Where(name => IsOrphan(name[NetnsPrefix.Length..])))
        {
            await RemoveNetns(name);
        }
    }

    /// <summary>Whatever still runs in an orphaned namespace was started by the run that made it.</summary>
    private static async Task RemoveNetns(string name)
    {
        var pids = await Programs.Run("ip", ["netns", "pids", name]);
        foreach (var pid in pids.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                Libc.Send(Signal.Kill, int.Parse(pid, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // Ended between the question and the signal.
            }
        }
        await Programs.Run("ip", ["netns", "delete", name]);
    }

    private static bool IsOrphan(string rest) =>
        int.TryParse(rest.Split('-')[0], CultureInfo.InvariantCulture, out var pid)
        && pid != Environment.ProcessId
        && !Directory.Exists($"/proc/{pid}");
}
