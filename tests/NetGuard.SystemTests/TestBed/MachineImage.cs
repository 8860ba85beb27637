namespace NetGuard.Tests.TestBed;

/// <summary>The root file system that machines are booted from, made once by the script machine-image and kept outside of the repository.</summary>
public static class MachineImage
{
    private static readonly Lazy<Task<string>> Made = new(Make);

    /// <summary>Where images and the machines' roots are.</summary>
    public static string Cache => Environment.GetEnvironmentVariable("NETGUARD_MACHINES") is { Length: > 0 } folder ? folder : "/var/cache/netguard-tests";

    /// <summary>The image's folder; makes it where it is missing, which takes some minutes.</summary>
    public static Task<string> Ready() => Made.Value;

    private static async Task<string> Make()
    {
        var script = Path.Combine(Repository.Root, "tests", "NetGuard.SystemTests", "machine-image");
        var output = (await Programs.Run(script, [], timeout: TimeSpan.FromMinutes(15))).Succeeded().Output;
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }
}
