using NetGuard.Tests.Daemon;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.DBus;

/// <summary>A guarded namespace whose daemon is on a bus of the test's own.</summary>
internal sealed class ControlledNetns : IAsyncDisposable
{
    /// <summary>nobody's number on Debian.</summary>
    public const uint Nobody = 65534;

    public const string Config = """
        interval: 1h
        families: [ipv4]
        chains:
          DOCKER-USER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
        """;

    // The executable may be where only root can go: it is shown to nobody in a mount namespace of its own.
    private const string Script = "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"";

    private readonly ConfigDir _shown = new();

    private ControlledNetns(GuardedNetns host, OwnBus bus) => (Host, Bus) = (host, bus);

    public GuardedNetns Host { get; }

    public OwnBus Bus { get; }

    public RunningProgram Daemon { get; private set; } = null!;

    /// <summary>Makes all of it, and waits until the daemon can be reached.</summary>
    public static async Task<ControlledNetns> Create(string config = Config)
    {
        var controlled = new ControlledNetns(await GuardedNetns.Create(config), await OwnBus.Start());
        await controlled.StartDaemon();
        await controlled.Says("on the system bus: ");
        return controlled;
    }

    /// <summary>Starts a daemon, in place of the one that has ended.</summary>
    public async Task StartDaemon()
    {
        Daemon = Host.Netns.Start("env", [Bus.Variable, NetguardBinary.Path, "daemon", "--config", Host.ConfigPath], isAskedFirst: true);
        await Says("guarding;");
    }

    /// <summary>Waits for a line of the daemon's.</summary>
    public Task<string> Says(string text, int since = 0) => Daemon.WaitForLine(line => line.Contains(text, StringComparison.Ordinal), since);

    /// <summary>Runs a command as root.</summary>
    public Task<ProgramResult> Netguard(params IEnumerable<string> arguments) => Host.Netns.Run("env", [Bus.Variable, NetguardBinary.Path, .. arguments]);

    /// <summary>Runs a command as nobody.</summary>
    public Task<ProgramResult> NetguardAsNobody(params IEnumerable<string> arguments)
    {
        var folder = Path.Combine(_shown.Path, "bin");
        Directory.CreateDirectory(folder);
        return Host.Netns.Run("unshare", [
            "--mount", "sh", "-c", Script, "sh", Path.GetDirectoryName(NetguardBinary.Path)!, folder,
            "setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all",
            "env", Bus.Variable, Path.Combine(folder, Path.GetFileName(NetguardBinary.Path)), .. arguments]);
    }

    /// <summary>Has somebody take the rules away.</summary>
    public Task Flush() => Host.Iptables("-F");

    /// <summary>Whether the guarded rule is there.</summary>
    public async Task<bool> IsProtected() => (await Host.Save()).Contains("netguard:only-8.8.8.8", StringComparison.Ordinal);

    /// <summary>The daemon's state in one word, as root asks for it.</summary>
    public async Task<string> State()
    {
        using var status = System.Text.Json.JsonDocument.Parse((await Netguard("status", "--json")).Succeeded().Output);
        return status.RootElement.GetProperty("state").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        // A pause that a test leaves behind belongs to nobody any more.
        foreach (var file in Directory.EnumerateFiles("/run/netguard", $"pause-{await Host.Netns.Inside(() => Inode())}*"))
        {
            File.Delete(file);
        }

        await Host.DisposeAsync();
        await Bus.DisposeAsync();
        _shown.Dispose();
    }

    private static string Inode() => new([.. (new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);
}
