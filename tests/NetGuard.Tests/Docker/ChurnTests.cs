using System.Collections.Concurrent;
using System.Diagnostics;
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

    // Several at once, as a host that deploys does it.
    private const int Workers = 4;

    private const int MostTried = 6000;

    // Nobody does anything but Docker: whatever is put right is no drift, and no fight.
    private static readonly string[] Troubles = ["repaired", "contention", " error "];

    // In CI 200 containers for five minutes; elsewhere a short one, unless NETGUARD_CHURN_SECONDS and NETGUARD_CHURN_CONTAINERS say otherwise.
    [Fact]
    public async Task ContainersComeAndGoAndInTheEndOnlyWhatIsDeclaredPasses()
    {
        var duration = TimeSpan.FromSeconds(Number("NETGUARD_CHURN_SECONDS", InCi ? 300 : 20));
        var count = Number("NETGUARD_CHURN_CONTAINERS", InCi ? 200 : 12);
        await using var guarded = await GuardedDocker.Create(Config, "--userland-proxy=false");
        guarded.Declare(Config, $"metrics: {{ textfile: {guarded.Bed.Folder}/netguard.prom }}\n");
        await guarded.Guard();
        var said = guarded.Daemon.Lines.Count;
        var (before, engine) = (Cpu(guarded.Daemon.Pid), guarded.Bed.EnginePid);
        var (turns, running) = (0, new HashSet<int>());
        var churn = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            var random = new Random(20260901 + worker);
            var mine = Enumerable.Range(0, count).Where(i => i % Workers == worker).ToList();
            var here = new HashSet<int>();
            for (var turn = 0; churn.Elapsed < duration || turn < 10; turn++)
            {
                var i = mine[random.Next(mine.Count)];
                if (here.Remove(i))
                {
                    await guarded.Bed.Docker("rm", "--force", Name(i));
                }
                else if (here.Add(i))
                {
                    await Start(guarded, i);
                }

                Interlocked.Increment(ref turns);
            }

            foreach (var i in mine.Where(i => i < 4).Where(here.Add))
            {
                await Start(guarded, i);
            }

            lock (running)
            {
                running.UnionWith(here);
            }
        }));

        var took = churn.Elapsed;
        var (apps, webs) = (running.Where(IsApp).ToList(), running.Where(i => !IsApp(i)).ToList());

        // Nothing is left over: two rules for each pair, the published ports' and the one that denies. However slow the machine, it comes to that.
        await guarded.WaitForRules("NETGUARD-FORWARD", rules => rules.Count(rule => rule.Contains("-j ACCEPT", StringComparison.Ordinal)) == 2 * apps.Count * webs.Count);
        var cpu = Cpu(guarded.Daemon.Pid) - before;
        var at = new ConcurrentDictionary<int, DockerContainer>();
        await Parallel.ForEachAsync(running, Many(8), async (i, _) => at[i] = await guarded.Bed.Find(Name(i)));
        await Parallel.ForEachAsync(at.Values, Many(8), async (one, _) => await one.Knows(at.Values));
        var permitted = (from app in apps from web in webs select (From: at[app].Caller, To: at[web].At(80))).ToList();
        permitted.AddRange(webs.Where(IsPublished).Select(web => (guarded.Bed.Allowed(), DockerBed.Published(8000 + web))));
        var forbidden = (from one in running
                         from other in running
                         where one != other
                         from port in new[] { 80, 81 }
                         where port == 81 || !IsApp(one) || IsApp(other)
                         select (From: at[one].Caller, To: at[other].At(port))).ToList();
        forbidden.AddRange(webs.Where(IsPublished).Select(web => (guarded.Bed.Stranger(), DockerBed.Published(8000 + web))));
        var order = new Random(20260901);
        await Parallel.ForEachAsync(permitted, Many(32), async (path, _) => await path.From.Reaches(path.To));
        // Each takes the half second in which no answer comes.
        var tried = forbidden.OrderBy(_ => order.Next()).Take(MostTried).ToList();
        await Parallel.ForEachAsync(tried, Many(200), async (path, _) => await path.From.IsKeptFrom(path.To));

        Assert.Equal(0, (await guarded.Host.Netguard("diff", "--config", guarded.ConfigPath)).ExitCode);
        Assert.Equal([], guarded.Daemon.Lines.Skip(said).Select(line => line.Text).Where(line => Troubles.Any(trouble => line.Contains(trouble, StringComparison.Ordinal))));
        Assert.False(guarded.Daemon.HasExited);
        Assert.Equal(engine, guarded.Bed.EnginePid);
        Assert.True(Directory.Exists($"/proc/{engine}"));
        var (perTurn, checks) = (cpu.TotalMilliseconds / turns, await Checks(guarded));
        var told = string.Create(CultureInfo.InvariantCulture,
            $"{turns} turns in {took.TotalSeconds:0} s, {running.Count} containers at the end, {permitted.Count} paths permitted, {forbidden.Count} forbidden, of which {tried.Count} were tried; NetGuard: {perTurn:0} ms of CPU and {(double)checks / turns:0.00} checks each, {Peak(guarded.Daemon.Pid)} MB at the most");
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(perTurn < 500 && checks < 4 * turns, told);
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

    private static bool InCi => Environment.GetEnvironmentVariable("CI") == "true";

    private static bool IsApp(int i) => i % 2 == 0;

    private static bool IsPublished(int i) => i % 4 == 1;

    private static ParallelOptions Many(int atOnce) => new() { MaxDegreeOfParallelism = atOnce };

    private static Task<string> Start(GuardedDocker guarded, int i) => guarded.Bed.Docker(["run", "--detach", "--name", Name(i), "--label", $"role={(IsApp(i) ? "app" : "web")}",
        .. IsPublished(i) ? ["--publish", $"{8000 + i}:80"] : (string[])[], DockerImage.Name, "80", "81"]);

    private static async Task<int> Checks(GuardedDocker guarded) => (await File.ReadAllLinesAsync($"{guarded.Bed.Folder}/netguard.prom"))
        .Where(line => line.StartsWith("netguard_checks_total{", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));

    private static int Peak(int pid) => int.Parse(
        File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture) / 1024;

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"c{i}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static TimeSpan Cpu(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }
}
