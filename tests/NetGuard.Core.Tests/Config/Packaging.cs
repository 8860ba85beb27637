namespace NetGuard.Core.Tests.Config;

/// <summary>The files that are shipped, in the tree that the tests were built from.</summary>
internal static class Packaging
{
    public static string Read(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NetGuard.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("NetGuard.sln is in no folder above the tests");
        }

        return File.ReadAllText(Path.Combine(folder.FullName, "packaging", name));
    }
}
