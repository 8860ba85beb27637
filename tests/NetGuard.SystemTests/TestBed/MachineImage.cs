namespace NetGuard.Tests.TestBed;

/// <summary>The root file systems that machines are booted from, made once by the script machine-image and kept outside of the repository.</summary>
public static class MachineImage
{
    /// <summary>A release whose systemd knows Type=notify-reload.</summary>
    public const string Newer = "trixie";

    private static readonly Lazy<Task<string>> Own = new(() => Make());
    private static readonly Lazy<Task<string>> Next = new(() => Make(Newer));

    /// <summary>Where images and the machines' roots are.</summary>
    public static string Cache => Environment.GetEnvironmentVariable("NETGUARD_MACHINES") is { Length: > 0 } folder ? folder : "/var/cache/netguard-tests";

    /// <summary>The image's folder; makes it where it is missing, which takes some minutes.</summary>
    /// <param name="isNewer">Of the release <see cref="Newer"/> instead of this machine's own.</param>
    public static Task<string> Ready(bool isNewer = false) => (isNewer ? Next : Own).Value;

    private static async Task<string> Make(params string[] release)
    {
        var script = Path.Combine(Repository.Root, "tests", "NetGuard.SystemTests", "machine-image");
        var output = (await Programs.Run(script, release, timeout: TimeSpan.FromMinutes(15))).Succeeded().Output;
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }
}
