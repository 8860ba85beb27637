using System.Globalization;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Docker;

public class ChurnTests
{
    private const string Config = """
        icc: deny
        links:
          - { from: label:role=app, to: label:role=web, ports: [80/tcp] }
        published:
          - { interfaces: [eth0], ports: [8000-8999/tcp], allow: [8.8.8.8] }
        """;

    // NETGUARD_CHURN_SECONDS=300 NETGUARD_CHURN_CONTAINERS=200: the long one, which CI has no time for.
    [Fact]
    public async Task ContainersComeAndGoAndInTheEndOnlyWhatIsDeclaredPasses()
    {
        var random = new Random(20260901);
        var duration = TimeSpan.FromSeconds(Number("NETGUARD_CHURN_SECONDS", 20));
        var count = Number("NETGUARD_CHURN_CONTAINERS", 12);
        await using var guarded = await GuardedDocker.Create(Config, "--userland-proxy=false");
        await guarded.Guard();
        var running = new HashSet<int>();
        var turns = 0;
        for (var end = DateTime.UtcNow + duration; DateTime.UtcNow < end || turns < 30; turns++)
        {
            var i = random.Next(count);
            if (running.Remove(i))
            {
                await guarded.Bed.Docker("rm", "--force", Name(i));
            }
            else if (running.Add(i))
            {
                await guarded.Bed.Docker(["run", "--detach", "--name", Name(i), "--label", $"role={(i % 2 == 0 ? "app" : "web")}",
                    .. i % 4 == 1 ? ["--publish", $"{8000 + i}:80"] : (string[])[], DockerImage.Name, "80", "81"]);
            }
        }

        foreach (var i in Enumerable.Range(0, 4).Where(running.Add))
        {
            await guarded.Bed.Docker(["run", "--detach", "--name", Name(i), "--label", $"role={(i % 2 == 0 ? "app" : "web")}",
                .. i % 4 == 1 ? ["--publish", $"{8000 + i}:80"] : (string[])[], DockerImage.Name, "80", "81"]);
        }

        var cpu = Cpu(guarded.Daemon.Pid);
        var here = (await Task.WhenAll(running.Order().Take(8).Select(async i => (Number: i, Container: await guarded.Bed.Find(Name(i)))))).ToDictionary(c => c.Number, c => c.Container);
        foreach (var (i, from) in here)
        {
            foreach (var (j, to) in here.Where(other => other.Key != i))
            {
                if (i % 2 == 0 && j % 2 == 1)
                {
                    await from.Caller.Reaches(to.At(80));
                }
            }
        }

        await Task.WhenAll(from one in here
                           from other in here
                           where one.Key != other.Key
                           from port in new[] { 80, 81 }
                           where port == 81 || one.Key % 2 != 0 || other.Key % 2 != 1
                           select one.Value.Caller.IsKeptFrom(other.Value.At(port)));
        foreach (var i in running.Where(i => i % 4 == 1))
        {
            await guarded.Bed.Allowed().Reaches(DockerBed.Published(8000 + i));
            await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8000 + i));
        }

        // Nothing is left over: two rules for each pair, the published ports' and the one that denies.
        var (apps, webs) = (running.Count(i => i % 2 == 0), running.Count(i => i % 2 == 1));
        await guarded.WaitForRules("NETGUARD-FORWARD", rules => rules.Count(rule => rule.Contains("-j ACCEPT", StringComparison.Ordinal)) == 2 * apps * webs);
        Assert.Equal(0, (await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath)).ExitCode);
        Assert.DoesNotContain(guarded.Daemon.Lines, line => line.Text.Contains("contention", StringComparison.Ordinal) || line.Text.Contains(" error ", StringComparison.Ordinal));
        var perTurn = cpu.TotalMilliseconds / turns;
        Assert.True(perTurn < 500, string.Create(CultureInfo.InvariantCulture, $"{cpu.TotalSeconds:0.0} s of CPU for {turns} turns"));
        TestContext.Current.SendDiagnosticMessage($"{turns} turns, {perTurn:0} ms of CPU each");
    }

    [Fact]
    public async Task DockerIsKilledInTheMiddleOfARepairAndStartsAgain()
    {
        await using var guarded = await GuardedDocker.Create(Config, "--live-restore");
        var web = await guarded.Bed.Run("web", [80, 81], "--label", "role=web", "--publish", "8001:80");
        var app = await guarded.Bed.Run("app", "--label", "role=app");
        await guarded.Guard();
        await app.Caller.Reaches(web.At(80));
        for (var i = 0; i < 3; i++)
        {
            // The repair begins when iptables has committed; the engine dies before it is done.
            await Task.WhenAll(guarded.Iptables("-F"), guarded.Bed.StopEngine(Signal.Kill));
            await guarded.WaitForRules("NETGUARD-FORWARD", rules => rules.Any(rule => rule.Contains("app -> web", StringComparison.Ordinal)));
            await Task.WhenAll(app.Caller.IsKeptFrom(web.At(81)), web.Caller.IsKeptFrom(app.At(80)), guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8001)));
            await app.Caller.Reaches(web.At(80));
            await guarded.Bed.StartEngine();
        }

        await guarded.Bed.Allowed().Reaches(DockerBed.Published(8001));
        await guarded.Bed.Stranger().IsKeptFrom(DockerBed.Published(8001));
        await app.Caller.Reaches(web.At(80));
        await app.Caller.IsKeptFrom(web.At(81));
        await guarded.WaitForRules("FORWARD", rules => rules.Any(rule => rule.EndsWith("-j DOCKER-USER", StringComparison.Ordinal)));
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"c{i}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static TimeSpan Cpu(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }
}
