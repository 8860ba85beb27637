namespace NetGuard.Tests.TestBed;

/// <summary>
/// A machine on which some of the firewall's tools are scripts that misbehave to order: /usr/sbin is replaced, in a mount namespace of its own,
/// so that NetGuard needs no switch for it.
/// </summary>
internal sealed class StandIns : IDisposable
{
    // $1: the folder of ours.
    private const string Enter = """
        set -e
        mount --bind /usr/sbin "$1/real"
        mount --bind "$1/sbin" /usr/sbin
        shift
        exec "$@"
        """;

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly string[] Tools =
    [
        .. from family in new[] { "iptables", "ip6tables" } from variant in new[] { "-nft", "-legacy", "" } from what in new[] { "-save", "-restore" } select family + variant + what,
    ];

    private readonly ConfigDir _folder = new();

    /// <param name="script">
    /// What stands for each of the tools, as a shell script: <c>$real</c> is the tool itself, <c>$folder</c> a folder to keep things in, and <c>$what</c>
    /// is <c>save</c> or <c>restore</c>.
    /// </param>
    public StandIns(string script)
    {
        foreach (var folder in new[] { "real", "sbin", "tools", "kept" })
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, folder));
        }

        foreach (var program in Directory.EnumerateFileSystemEntries("/usr/sbin").Select(Path.GetFileName))
        {
            var link = Path.Combine(_folder.Path, "sbin", program!);
            if (Tools.Contains(program))
            {
                // By way of /etc/alternatives the tool would be the script again.
                var tool = Path.Combine(_folder.Path, "tools", program!);
                File.CreateSymbolicLink(tool, Path.Combine(_folder.Path, "real", File.ResolveLinkTarget($"/usr/sbin/{program}", returnFinalTarget: true)?.Name ?? program!));
                File.WriteAllText(link, $"#!/bin/sh\nreal={tool}\nfolder={Folder}\nwhat={program!.Split('-')[^1]}\n{script}\n");
                File.SetUnixFileMode(link, Executable);
            }
            else
            {
                File.CreateSymbolicLink(link, Path.Combine(_folder.Path, "real", program!));
            }
        }
    }

    /// <summary>Where the scripts keep things, and are told things.</summary>
    public string Folder => Path.Combine(_folder.Path, "kept");

    /// <summary>Tells the scripts something: a file of that name and content.</summary>
    public void Tell(string name, string text)
    {
        // Whole or not at all: they read it at any moment.
        File.WriteAllText(Path.Combine(Folder, ".new"), text);
        File.Move(Path.Combine(Folder, ".new"), Path.Combine(Folder, name), overwrite: true);
    }

    /// <summary>Takes a tool away.</summary>
    public void Remove(string tool) => File.Move(Path.Combine(_folder.Path, "sbin", tool), Path.Combine(Folder, tool));

    /// <summary>Puts it back.</summary>
    public void PutBack(string tool) => File.Move(Path.Combine(Folder, tool), Path.Combine(_folder.Path, "sbin", tool));

    /// <summary>Runs a command of NetGuard's to its end.</summary>
    public Task<ProgramResult> Netguard(Netns netns, params IEnumerable<string> arguments) => netns.Run("unshare", Entering(arguments));

    /// <summary>Starts the daemon.</summary>
    public RunningProgram StartDaemon(Netns netns, string config) => netns.Start("unshare", Entering(["daemon", "--config", config]), isAskedFirst: true);

    public void Dispose() => _folder.Dispose();

    private string[] Entering(IEnumerable<string> arguments) => ["--mount", "sh", "-c", Enter, "sh", _folder.Path, NetguardBinary.Path, .. arguments];
}
