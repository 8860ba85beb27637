namespace NetGuard.Tests.TestBed;

/// <summary>A machine on which other iptables tools are installed: /usr/sbin is replaced, in a mount namespace of its own.</summary>
internal static class OtherTools
{
    // $1: a folder of ours. $2: the names to hide, as shell patterns. $3: links to add, NAME=PROGRAM.
    private const string Script = """
        set -e
        mkdir -p "$1/real" "$1/sbin"
        mount --bind /usr/sbin "$1/real"
        ln -s "$1"/real/* "$1/sbin/"
        (cd "$1/sbin" && rm -f $2)
        for link in $3; do ln -s "$1/real/${link#*=}" "$1/sbin/${link%%=*}"; done
        mount --bind "$1/sbin" /usr/sbin
        shift 3
        exec "$@"
        """;

    /// <summary>Runs a command of NetGuard's to its end.</summary>
    /// <param name="netns">Where.</param>
    /// <param name="files">A folder for the replacement.</param>
    /// <param name="hidden">Patterns of the programs that are not installed: <c>ip*tables*</c>.</param>
    /// <param name="links">What is installed instead: <c>iptables-save=xtables-legacy-multi</c>.</param>
    /// <param name="arguments">NetGuard's.</param>
    public static Task<ProgramResult> Netguard(Netns netns, ConfigDir files, string hidden, string links, params IEnumerable<string> arguments) =>
        netns.Run("unshare", ["--mount", "sh", "-c", Script, "sh", Path.Combine(files.Path, Guid.NewGuid().ToString()), hidden, links, NetguardBinary.Path, .. arguments]);
}
