namespace NetGuard.Tests.TestBed;

/// <summary>The executable under test.</summary>
public static class NetguardBinary
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>
    /// The one that the environment variable NETGUARD_BINARY names (tests/run.sh sets it to the native executable), else
    /// the one built beside the tests.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Path => Found.Value;

    private static string Find()
    {
        var named = Environment.GetEnvironmentVariable("NETGUARD_BINARY");
        var path = System.IO.Path.GetFullPath(
            string.IsNullOrEmpty(named) ? System.IO.Path.Combine(AppContext.BaseDirectory, "netguard") : named);
        return File.Exists(path) ? path : throw new FileNotFoundException($"NetGuard's executable is not at {path}");
    }
}
