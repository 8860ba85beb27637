using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cases;

/// <summary>A Docker host with real packets, its rules in one variant of iptables, and a configuration for it.</summary>
internal sealed class GuardedBed : IAsyncDisposable
{
    private readonly ConfigDir _files = new();

    private GuardedBed(PacketBed packets, Backend backend) => (Packets, Backend) = (packets, backend);

    public PacketBed Packets { get; }

    public Backend Backend { get; }

    public Netns Router => Packets.Router;

    private string ConfigPath => Path.Combine(_files.Path, "netguard.yaml");

    public static async Task<GuardedBed> Create(Backend backend, string config, string? layout = "docker-20.10-icc-false-link.rules")
    {
        var bed = new GuardedBed(await PacketBed.Create(), backend);
        if (layout is not null)
        {
            await bed.Router.LoadLayout(backend, Family.Ipv4, layout);
        }

        await bed.Packets.FilterSameBridge(on: true);
        bed.Declare(config);
        return bed;
    }

    public void Declare(string config) => _files.Write("netguard.yaml", $"backend: {Backend.Name()}\n{config}");

    public Task<string> Iptables(params IReadOnlyList<string> arguments) => Router.Iptables(Backend, Family.Ipv4, arguments);

    /// <summary>Starts the daemon in the router.</summary>
    public RunningProgram StartDaemon() => Router.StartDaemon(ConfigPath);

    /// <summary>One reconcile, which must end in sync and leave nothing to do.</summary>
    public async Task Apply()
    {
        (await Router.Netguard("apply", "--config", ConfigPath)).Succeeded();
        Assert.Equal((0, ""), await Drift());
    }

    /// <summary>Starts the daemon and waits until it has enforced for the first time.</summary>
    public async Task<RunningProgram> Guard()
    {
        var daemon = Router.StartDaemon(ConfigPath);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        return daemon;
    }

    /// <summary>The exit code of diff, and its lines that name a drift.</summary>
    public async Task<(int ExitCode, string Kinds)> Drift()
    {
        var result = await Router.Netguard("diff", "--json", "--config", ConfigPath);
        using var json = System.Text.Json.JsonDocument.Parse(result.Output);
        return (result.ExitCode, string.Join(' ', json.RootElement.GetProperty("drifts").EnumerateArray().Select(drift => drift.GetProperty("kind").GetString())));
    }

    /// <summary>The rules of a chain in order, counters in front where wanted.</summary>
    public async Task<IReadOnlyList<string>> Rules(string chain, Family family = Family.Ipv4, bool counters = false) =>
    [
        .. (await Router.Save(Backend, family, counters)).Split('\n').SkipWhile(line => line != "*filter").TakeWhile(line => line != "COMMIT")
            .Where(line => line.Contains($"-A {chain} ", StringComparison.Ordinal)),
    ];

    /// <summary>The same, without NetGuard's own.</summary>
    public async Task<IReadOnlyList<string>> Strangers(string chain, bool counters = true) =>
        [.. (await Rules(chain, counters: counters)).Where(rule => !rule.Contains("netguard:", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await Packets.DisposeAsync();
        _files.Dispose();
    }
}
