using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Tests.Docker;

/// <summary>A Docker Engine that NetGuard guards.</summary>
internal sealed class GuardedDocker : IAsyncDisposable
{
    private readonly ConfigDir _files = new();

    private GuardedDocker(DockerBed bed) => Bed = bed;

    public DockerBed Bed { get; }

    public Netns Host => Bed.Host;

    public string ConfigPath => Path.Combine(_files.Path, "netguard.yaml");

    public RunningProgram Daemon { get; private set; } = null!;

    /// <summary>Starts an engine and says what is to be guarded, as the lines below <c>docker:</c>.</summary>
    /// <param name="docker">The section's content; the socket is added.</param>
    /// <param name="options">dockerd's.</param>
    public static async Task<GuardedDocker> Create(string docker, params IReadOnlyList<string> options)
    {
        var guarded = new GuardedDocker(await DockerBed.Create(options));
        guarded.Declare(docker);
        return guarded;
    }

    public void Declare(string docker, string rest = "") =>
        _files.Write("netguard.yaml", $"backend: nft\n{rest}docker:\n  socket: {Bed.Socket}\n{string.Join('\n', docker.Split('\n').Select(line => "  " + line))}\n");

    /// <summary>Starts the daemon and waits until it has enforced for the first time.</summary>
    public async Task Guard()
    {
        Daemon = Host.StartDaemon(ConfigPath);
        await Daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
    }

    /// <summary>The rules of a chain, in its order.</summary>
    public async Task<IReadOnlyList<string>> Rules(string chain, Family family = Family.Ipv4) =>
        [.. (await Host.Save(Backend.Nft, family)).Split('\n').Where(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal))];

    /// <summary>Waits until the rules of a chain are what they should be.</summary>
    public async Task WaitForRules(string chain, Func<IReadOnlyList<string>, bool> isIt, Family family = Family.Ipv4)
    {
        IReadOnlyList<string> rules = [];
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; await Task.Delay(20))
        {
            if (isIt(rules = await Rules(chain, family)))
            {
                return;
            }
        }

        throw new TimeoutException($"{chain} is not so:\n{string.Join('\n', rules)}\n{string.Join('\n', Daemon.Lines.Select(l => l.Text))}");
    }

    public Task<string> Iptables(params IReadOnlyList<string> arguments) => Host.Iptables(Backend.Nft, Family.Ipv4, arguments);

    public async ValueTask DisposeAsync()
    {
        await Bed.DisposeAsync();
        _files.Dispose();
    }
}
