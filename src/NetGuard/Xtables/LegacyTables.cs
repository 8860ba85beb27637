namespace NetGuard.Xtables;

/// <summary>Whether the kernel holds tables of iptables-legacy in this network namespace.</summary>
internal static class LegacyTables
{
    private static readonly string[] Lists = ["/proc/self/net/ip_tables_names", "/proc/self/net/ip6_tables_names"];

    /// <summary>Reading them with the tools would make them: the kernel lists the ones that are there.</summary>
    public static bool Exist => Lists.Any(NotEmpty);

    private static bool NotEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path).Length > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // No such file: the module is not loaded.
        }
    }
}
