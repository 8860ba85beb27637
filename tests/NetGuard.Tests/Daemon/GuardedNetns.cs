using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Daemon;

/// <summary>A namespace with a daemon's configuration for it.</summary>
internal sealed class GuardedNetns : IAsyncDisposable
{
    private readonly ConfigDir _files = new();

    private GuardedNetns(Netns netns) => Netns = netns;

    public Netns Netns { get; }

    public string ConfigPath => Path.Combine(_files.Path, "netguard.yaml");

    public static async Task<GuardedNetns> Create(string config)
    {
        var guarded = new GuardedNetns(await Netns.Create());
        guarded.Declare(config);
        return guarded;
    }

    public void Declare(string config) => _files.Write("netguard.yaml", config);

    /// <summary>Starts the daemon and waits until it has enforced for the first time.</summary>
    public async Task<RunningProgram> Guard()
    {
        var daemon = Netns.StartDaemon(ConfigPath);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        return daemon;
    }

    public Task<string> Iptables(params IReadOnlyList<string> arguments) => Netns.Iptables(Backend.Nft, Family.Ipv4, arguments);

    public Task<string> Save() => Netns.Save(Backend.Nft, Family.Ipv4);

    public async ValueTask DisposeAsync()
    {
        await Netns.DisposeAsync();
        _files.Dispose();
    }
}
