namespace NetGuard.Tests.TestBed;

/// <summary>NetGuard's executable as the user nobody, with no capability or a few.</summary>
internal static class Nobody
{
    // The executable may be where only root can go: it is shown to nobody in a mount namespace of its own.
    private const string Script = "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"";

    /// <summary>Runs a command of NetGuard's to its end.</summary>
    /// <param name="netns">Where.</param>
    /// <param name="files">A folder that nobody can read.</param>
    /// <param name="capabilities">Such as <c>net_admin</c>; empty for none.</param>
    /// <param name="arguments">NetGuard's.</param>
    public static Task<ProgramResult> Netguard(Netns netns, ConfigDir files, string[] capabilities, params IEnumerable<string> arguments)
    {
        var folder = Path.Combine(files.Path, "bin");
        Directory.CreateDirectory(folder);
        var added = string.Concat(capabilities.Select(capability => $",+{capability}"));
        return netns.Run("unshare", [
            "--mount", "sh", "-c", Script, "sh", Path.GetDirectoryName(NetguardBinary.Path)!, folder,
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", $"--inh-caps=-all{added}", $"--ambient-caps=-all{added}", $"--bounding-set=-all{added}",
            Path.Combine(folder, Path.GetFileName(NetguardBinary.Path)), .. arguments]);
    }
}
