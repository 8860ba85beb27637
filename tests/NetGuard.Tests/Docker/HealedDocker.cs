using NetGuard.Core.Healing;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

/// <summary>A Docker Engine, or one that stands in for it, whose rules NetGuard heals.</summary>
internal sealed class HealedDocker : IAsyncDisposable
{
    private readonly ConfigDir _files = new();
    private readonly Backend _backend;

    private readonly DockerBed? _bed;
    private FakeEngine? _fake;

    private HealedDocker(DockerBed? bed, Netns host, Backend backend) => (_bed, Host, _backend) = (bed, host, backend);

    public DockerBed Bed => _bed ?? throw new InvalidOperationException("there is no engine");

    public FakeEngine Fake => _fake ?? throw new InvalidOperationException("there is a real engine");

    public Netns Host { get; }

    public RunningProgram Daemon { get; private set; } = null!;

    public static async Task<HealedDocker> Create(Backend backend, params IReadOnlyList<string> options)
    {
        var bed = await DockerBed.Create(backend, options);
        return new(bed, bed.Host, backend);
    }

    /// <summary>Rules without an engine: what Docker would report says <see cref="Fake"/>. The namespace stays its owner's.</summary>
    public static HealedDocker Create(Backend backend, Netns host)
    {
        var docker = new HealedDocker(null, host, backend);
        docker._fake = new(docker.Socket);
        return docker;
    }

    private string Socket => _bed?.Socket ?? Path.Combine(_files.Path, "docker.sock");

    /// <summary>Starts the daemon, for both families, and waits until it guards.</summary>
    /// <param name="rest">More of the configuration.</param>
    public async Task Guard(string rest = "")
    {
        _files.Write("netguard.yaml", $"backend: {_backend.Name()}\ninterval: 1h\n{rest}\ndocker:\n  socket: {Socket}\n  heal: on\n");
        Daemon = Host.StartDaemon(Path.Combine(_files.Path, "netguard.yaml"), "--debug");
        await Daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
    }

    /// <summary>Waits until the daemon remembers as many rules of Docker's as there are.</summary>
    public async Task IsLearned(Family family = Family.Ipv4)
    {
        var dockers = RememberedChain.Of(RulesetParser.Parse(family, await Host.Save(_backend, family)), (_, _, _) => default).Sum(chain => chain.Dockers);
        await Until(() => Task.FromResult(Last() == $"{family.Name()}: {dockers} rules of Docker's are remembered"), () => $"{dockers} rules are to be remembered");

        string? Last() => Daemon.Lines.Select(line => line.Text).LastOrDefault(line => line.Contains("are remembered", StringComparison.Ordinal) && line.Contains($"{family.Name()}:", StringComparison.Ordinal))
            is { } text ? text[text.IndexOf($"{family.Name()}:", StringComparison.Ordinal)..] : null;
    }

    public Task<string> Iptables(params IReadOnlyList<string> arguments) => Host.Iptables(_backend, Family.Ipv4, arguments);

    /// <summary>The rules, and the policies of the chains in which Docker has some.</summary>
    public async Task<string> Rules(Family family = Family.Ipv4) => string.Concat((await Host.Save(_backend, family)).Split('\n')
        .Where(line => line is not ("" or ['#', ..] or "COMMIT") && !line.Contains("INPUT", StringComparison.Ordinal) && !line.StartsWith(":OUTPUT", StringComparison.Ordinal))
        .Select(line => line.Split(" [")[0] + "\n"));

    /// <summary>Waits until the rules are what they were.</summary>
    public async Task IsAgain(string before, Func<string, bool>? counts = null, Family family = Family.Ipv4)
    {
        var now = "";
        await Until(async () => (now = string.Concat((await Rules(family)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(counts ?? (_ => true)).Select(line => line + "\n"))) == before,
            () => $"{before}--- is to be again:\n{now}");
    }

    /// <summary>Nothing was put back so far.</summary>
    public void HasNotHealed() => Assert.False(
        Daemon.Lines.Any(line => line.Text.Contains("healed", StringComparison.Ordinal)), string.Join('\n', Daemon.Lines.Select(line => line.Text)));

    /// <summary>Waits until the rules are so.</summary>
    public Task Becomes(Func<string, bool> isIt) => Until(async () => isIt(await Rules()), () => "the rules are not so");

    public async ValueTask DisposeAsync()
    {
        if (_bed is not null)
        {
            await _bed.DisposeAsync();
        }
        else
        {
            await Daemon.DisposeAsync();
            await Fake.DisposeAsync();
        }

        _files.Dispose();
    }

    private async Task Until(Func<Task<bool>> isIt, Func<string> why)
    {
        for (var end = DateTime.UtcNow + Programs.Patience; DateTime.UtcNow < end; await Task.Delay(20))
        {
            if (await isIt())
            {
                return;
            }
        }

        Assert.Fail($"{why()}\n{string.Join('\n', Daemon.Lines.Select(line => line.Text))}");
    }
}
