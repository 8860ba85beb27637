namespace NetGuard.Core.Tests.Config;

/// <summary>The files that are shipped, in the tree that the tests were built from.</summary>
internal static class Packaging
{
    /// <summary>The repository's root.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(System.IO.Path.Combine(folder.FullName, "NetGuard.sln")))
            {
                folder = folder.Parent ?? throw new InvalidOperationException("NetGuard.sln is in no folder above the tests");
            }

            return folder.FullName;
        }
    }

    public static string Path(string name) => System.IO.Path.Combine(Root, "packaging", name);

    public static string Read(string name) => File.ReadAllText(Path(name));
}
