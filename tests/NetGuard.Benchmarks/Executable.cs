namespace NetGuard.Benchmarks;

/// <summary>The native executable that is measured.</summary>
internal static class Executable
{
    /// <summary>The named one, or that of the environment; null, and a line on standard error, where there is none.</summary>
    public static string? Find(FileInfo? named)
    {
        var path = named?.FullName ?? Environment.GetEnvironmentVariable("NETGUARD_BINARY");
        if (!string.IsNullOrEmpty(path) && File.Exists(path))
        {
            return Path.GetFullPath(path);
        }

        Console.Error.WriteLine("no executable of NetGuard's: say --netguard PATH, or run tests/NetGuard.Benchmarks/run.sh, which makes one");
        return null;
    }
}
