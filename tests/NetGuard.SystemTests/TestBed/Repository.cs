namespace NetGuard.Tests.TestBed;

/// <summary>The repository that the tests were built from, and what was built in it.</summary>
public static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// The package under test: the one that the environment variable NETGUARD_DEB names (tests/run.sh sets it), else the one in artifacts/deb.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Deb
    {
        get
        {
            var folder = Path.Combine(Root, "artifacts", "deb");
            var path = Environment.GetEnvironmentVariable("NETGUARD_DEB") is { Length: > 0 } named ? named
                : Directory.Exists(folder) ? Directory.GetFiles(folder, "netguard_*.deb").MaxBy(File.GetLastWriteTimeUtc) : null;
            return path is not null && File.Exists(path)
                ? Path.GetFullPath(path)
                : throw new FileNotFoundException($"there is no package in {folder}: run packaging/deb/build");
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "NetGuard.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"no NetGuard.sln above {AppContext.BaseDirectory}");
        }
        return folder;
    }
}
