using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>A namespace with strangers' rules in it, and a configuration for it.</summary>
internal sealed class Host : IAsyncDisposable
{
    private readonly ConfigDir _directory;

    private Host(Netns netns, ConfigDir directory, Tools tools, string configPath) =>
        (Netns, _directory, Tools, ConfigPath) = (netns, directory, tools, configPath);

    public Netns Netns { get; }

    public Tools Tools { get; }

    public string ConfigPath { get; }

    public static async Task<Host> Create(Backend backend, int strangers, string config)
    {
        var netns = await Netns.Create();
        var directory = new ConfigDir();
        var host = new Host(netns, directory, new(backend), directory.Write("netguard.yaml", config));
        await netns.Restore(backend, Family.Ipv4, StrangersRules.Text(strangers));
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        _directory.Dispose();
        await Netns.DisposeAsync();
    }
}
