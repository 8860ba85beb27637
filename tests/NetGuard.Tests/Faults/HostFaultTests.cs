using System.Diagnostics;
using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.DBus;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Faults;

/// <summary>The host itself is short of something, on the real executable.</summary>
public sealed class HostFaultTests : IAsyncLifetime
{
    private const string Configuration = """
        interval: 1s
        backend: nft
        forwarding: { ipv4: on }
        sysctls: { net.bridge.bridge-nf-call-iptables: 1 }
        chains:
          DOCKER-USER:
            rules: [ { name: mine, rule: -i eth0 -j DROP } ]
        """;

    // Adds the seconds in a file to the time of day.
    private const string SetClock = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static long offset(void)
        {
          char text[32] = "";
          int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
          if (file >= 0) { if (read(file, text, sizeof text - 1) < 0) text[0] = 0; close(file); }
          return atol(text);
        }
        int clock_gettime(clockid_t clock, struct timespec *now)
        {
          static int (*real)(clockid_t, struct timespec *);
          if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
          int result = real(clock, now);
          if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
          return result;
        }
        int gettimeofday(struct timeval *now, void *zone)
        {
          struct timespec time;
          int result = clock_gettime(CLOCK_REALTIME, &time);
          now->tv_sec = time.tv_sec;
          now->tv_usec = time.tv_nsec / 1000;
          return result;
        }
        time_t time(time_t *to)
        {
          struct timespec now;
          clock_gettime(CLOCK_REALTIME, &now);
          return to ? (*to = now.tv_sec) : now.tv_sec;
        }
        """;

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        await _netns.LoadLayout(Backend.Nft, Family.Ipv4, "docker-20.10-icc-false-link.rules");
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Fact]
    public async Task WithAReadOnlyProcSysTheRulesAreRepairedAndTheSettingIsSaidToStay()
    {
        var apply = await Apply("mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys");
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains("/proc/sys is mounted read-only", apply.Errors + apply.Output, StringComparison.Ordinal);
        Assert.Contains("netguard:mine", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
        Assert.Equal("0", await _netns.Sysctl("net.ipv4.ip_forward"));
    }

    [Fact]
    public async Task WithoutBrNetfilterTheModuleIsNamedAndTheRestIsRepaired()
    {
        var apply = await Apply("[ ! -d /proc/sys/net/bridge ] || mount -t tmpfs none /proc/sys/net/bridge");
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains("modprobe br_netfilter", apply.Output, StringComparison.Ordinal);
        Assert.Contains("netguard:mine", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
        Assert.Equal("1", await _netns.Sysctl("net.ipv4.ip_forward"));
    }

    [Fact]
    public async Task AKernelWithoutIpv6IsWarnedOfAndIpv4IsRepaired()
    {
        // Such a kernel has no net/ipv6, and the tools fail.
        var world = $"mkdir {_files.Path}/net && mount -t tmpfs none {_files.Path}/net && mkdir {_files.Path}/net/ipv4 && mount --bind /proc/sys/net/ipv4 {_files.Path}/net/ipv4 && mount --bind {_files.Path}/net /proc/sys/net";
        var apply = await Apply(world);
        Assert.Contains("this kernel runs without IPv6", apply.Output, StringComparison.Ordinal);
        Assert.Contains("netguard:mine", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
        Assert.DoesNotContain("netguard:mine", await _netns.Save(Backend.Nft, Family.Ipv6), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereNoProcessCanBeStartedThatIsSaidAndNothingIsHarmed()
    {
        var before = await _netns.Save(Backend.Nft, Family.Ipv4);
        var full = await Nobody.Netguard(_netns, _files, ["net_admin"], "check", "--config", _config);
        Assert.True(full.ExitCode is 0 or 1);

        // So many that NetGuard's own threads can be made, and hardly a tool.
        foreach (var limit in (int[])[1, 4, 8, 12, 16, 24])
        {
            var apply = await _netns.Run("unshare", [
                "--mount", "sh", "-c", "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh", Path.GetDirectoryName(NetguardBinary.Path)!, $"{_files.Path}/bin",
                "setpriv", "--reuid=64999", "--regid=64999", "--clear-groups", "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin",
                "prlimit", string.Create(CultureInfo.InvariantCulture, $"--nproc={limit}:{limit}"), $"{_files.Path}/bin/{Path.GetFileName(NetguardBinary.Path)}", "apply", "--config", _config]);

            // Where not even the runtime's own threads can be made, it ends before a word of ours.
            Assert.True(apply.ExitCode is 0 or > 1 || apply.Errors.Length > 0, apply.ToString());
            Assert.Equal(Strangers(before), Strangers(await _netns.Save(Backend.Nft, Family.Ipv4)));
        }

        (await _netns.Netguard("apply", "--config", _files.Write("again.yaml", Configuration.Replace("sysctls: { net.bridge.bridge-nf-call-iptables: 1 }", "", StringComparison.Ordinal)))).Succeeded();
    }

    [Fact]
    public async Task In32MegabytesItGuardsAndRepairs()
    {
        using var group = ControlGroup.Create("memory");
        if (group is null)
        {
            Assert.Skip("the memory of a group cannot be limited here");
        }

        group.Limit(32 << 20);
        await using var daemon = _netns.Start("sh", ["-c", "echo $$ > \"$1/cgroup.procs\" && shift && exec \"$@\"", "sh", group.Folder, NetguardBinary.Path, "daemon", "--config", _config], isAskedFirst: true);
        await IsGuarding(daemon);
        for (var i = 0; i < 4; i++)
        {
            var said = daemon.Lines.Count;
            await _netns.Iptables(Backend.Nft, Family.Ipv4, "-D", "DOCKER-USER", "1");
            await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
        }

        Assert.Equal(0, await daemon.Stop());
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task ADaemonInAFullProcessTableLivesAndRepairsAsSoonAsItCan(Backend backend)
    {
        using var group = ControlGroup.Create("pids");
        if (group is null)
        {
            Assert.Skip("the processes of a group cannot be limited here");
        }

        await _netns.LoadLayout(backend, Family.Ipv4, "docker-20.10-icc-false-link.rules");
        var strangers = Strangers(await _netns.Save(backend, Family.Ipv4));
        var config = _files.Write("full.yaml", Configuration.Replace("backend: nft", $"backend: {backend.Name()}", StringComparison.Ordinal).Replace("sysctls: { net.bridge.bridge-nf-call-iptables: 1 }", "", StringComparison.Ordinal));
        await using var daemon = _netns.StartDaemon(config);
        await IsGuarding(daemon);

        // With all that it starts with the first repair and the first check.
        await _netns.Iptables(backend, Family.Ipv4, "-F", "DOCKER-USER");
        await Holds(daemon, backend);
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        group.Add(daemon.Pid);
        group.Limit(group.Count());
        var said = daemon.Lines.Count;
        for (var i = 0; i < 3; i++)
        {
            await _netns.Iptables(backend, Family.Ipv4, "-F", "DOCKER-USER");
            await daemon.WaitForLine(line => line.Contains("cannot be started", StringComparison.Ordinal), said);

            // A check and more: neither its threads nor the tools can be made.
            await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
            Assert.False(daemon.HasExited, string.Join('\n', daemon.Lines.Select(line => line.Text)));
        }

        group.Limit(null);
        await Holds(daemon, backend);
        Assert.Equal(strangers.Where(rule => !rule.StartsWith("-A DOCKER-USER", StringComparison.Ordinal)), Strangers(await _netns.Save(backend, Family.Ipv4)));
        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task OnAFullDiskTheMetricsAndTheKeptPauseAreLostAndNothingElse()
    {
        await using var bus = await OwnBus.Start();
        var config = _files.Write("full.yaml", $"{Configuration}\nmetrics: {{ textfile: /run/netguard/netguard.prom }}\n");
        await using var daemon = _netns.Start("unshare", [
            "--mount", "sh", "-c", "mount -t tmpfs -o size=64k,mode=755 none /run/netguard && exec \"$@\"", "sh",
            "env", bus.Variable, NetguardBinary.Path, "daemon", "--config", config], isAskedFirst: true);
        await IsGuarding(daemon);
        await daemon.WaitForLine(line => line.Contains("on the system bus: ", StringComparison.Ordinal));
        var disk = $"/proc/{daemon.Pid}/root/run/netguard";
        var said = daemon.Lines.Count;
        Fill($"{disk}/fill");
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
        await daemon.WaitForLine(line => line.Contains("the metrics cannot be written", StringComparison.Ordinal) && line.Contains("No space left", StringComparison.Ordinal), said);

        // A pause holds, and a restart of the daemon would end it.
        (await _netns.Run("env", [bus.Variable, NetguardBinary.Path, "pause", "60s"])).Succeeded();
        await daemon.WaitForLine(line => line.Contains("No space left", StringComparison.Ordinal) && line.Contains("pause", StringComparison.Ordinal), said);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("drift missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
        (await _netns.Run("env", [bus.Variable, NetguardBinary.Path, "resume"])).Succeeded();
        await Holds(daemon, Backend.Nft);
        File.Delete($"{disk}/fill");
        await daemon.WaitForLine(line => line.Contains("the metrics are written", StringComparison.Ordinal), said);
        Assert.Single(daemon.Lines, line => line.Text.Contains("the metrics cannot be written", StringComparison.Ordinal));
        Assert.Contains("netguard_in_sync 1\n", await File.ReadAllTextAsync($"{disk}/netguard.prom", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Stop());
    }

    [Fact]
    public async Task AClockThatIsSetBackAYearAndForthMovesNeitherChecksNorRepairsNorAPause()
    {
        // The kernel has one clock for all namespaces: the daemon alone is shown another. Its monotonic clocks stay what they are, as when a clock is set.
        var clock = _files.Write("clock", "0");
        var library = $"{_files.Path}/clock.so";
        (await Programs.Run("gcc", ["-shared", "-fPIC", "-O1", "-o", library, _files.Write("clock.c", SetClock)])).Succeeded();
        await using var bus = await OwnBus.Start();
        var config = _files.Write("full.yaml", $"{Configuration}\nmetrics: {{ textfile: {_files.Path}/netguard.prom }}\n");
        await using var daemon = _netns.Start("env", [
            bus.Variable, $"LD_PRELOAD={library}", $"CLOCK_OFFSET={clock}", NetguardBinary.Path, "daemon", "--config", config], isAskedFirst: true);
        await IsGuarding(daemon);
        await daemon.WaitForLine(line => line.Contains("on the system bus: ", StringComparison.Ordinal));
        foreach (var jump in (int[])[-365, 3650, -1, 0])
        {
            var pausedAt = daemon.Lines.Count;
            (await _netns.Run("env", [bus.Variable, NetguardBinary.Path, "pause", "2s"])).Succeeded();
            _files.Write("clock", string.Create(CultureInfo.InvariantCulture, $"{jump * 86400L}"));
            await daemon.WaitForLine(line => line.Contains("the pause is over", StringComparison.Ordinal), pausedAt);
            var said = daemon.Lines.Count;
            var checks = await Metric("netguard_checks_total{trigger=\"interval\"}");
            await _netns.Iptables(Backend.Nft, Family.Ipv4, "-D", "DOCKER-USER", "1");
            var line = await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
            Assert.Matches(@"gap \d+ us", line);
            for (var since = Stopwatch.GetTimestamp(); await Metric("netguard_checks_total{trigger=\"interval\"}") < checks + 2; await Task.Delay(100, TestContext.Current.CancellationToken))
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience, $"no check by the interval, at {jump}");
            }

            // It has really been moved.
            var days = (DateTimeOffset.FromUnixTimeSeconds((long)await Metric("netguard_last_check_timestamp_seconds")) - DateTimeOffset.UtcNow).TotalDays;
            Assert.InRange(days, jump - 0.5, jump + 0.5);
        }

        Assert.Equal(0, await daemon.Stop());

        async Task<double> Metric(string name) => (await File.ReadAllTextAsync($"{_files.Path}/netguard.prom", TestContext.Current.CancellationToken)).Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).SingleOrDefault();
    }

    [Fact]
    public async Task ARuleWhoseKernelModuleIsMissingIsNamedAndNothingIsHalfApplied()
    {
        // Any module will do that this kernel lacks.
        string? missing = null;
        foreach (var (match, option) in new[] { ("ipvs", "--ipvs"), ("nfacct", "--nfacct-name x"), ("cluster", "--cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1") })
        {
            var tried = await _netns.Run("iptables-nft", ["-A", "INPUT", "-m", match, .. option.Split(' '), "-j", "ACCEPT"]);
            if (tried.ExitCode == 0)
            {
                await _netns.Iptables(Backend.Nft, Family.Ipv4, "-F", "INPUT");
            }
            else if (!tried.Errors.Contains("Couldn't load match", StringComparison.Ordinal))
            {
                missing = $"-m {match} {option}";
                break;
            }
        }

        if (missing is null)
        {
            Assert.Skip("this kernel has every module that was thought of");
        }

        var before = await _netns.Save(Backend.Nft, Family.Ipv4);
        var config = _files.Write("module.yaml", $"families: [ipv4]\nchains:\n  DOCKER-USER:\n    rules:\n      - -i eth0 -j DROP\n      - {missing} -j DROP\n");
        var apply = await _netns.Netguard("apply", "--config", config);
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains($"{config}:6:9: ", apply.Errors, StringComparison.Ordinal);
        Assert.Equal(Strangers(before), Strangers(await _netns.Save(Backend.Nft, Family.Ipv4)));
        Assert.DoesNotContain("netguard:", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private static Task<string> IsGuarding(RunningProgram daemon) => daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));

    private async Task Holds(RunningProgram daemon, Backend backend)
    {
        for (var since = Stopwatch.GetTimestamp(); !(await _netns.Save(backend, Family.Ipv4)).Contains("netguard:mine", StringComparison.Ordinal); await Task.Delay(50))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Programs.Patience && !daemon.HasExited, string.Join('\n', daemon.Lines.Select(line => line.Text)));
        }
    }

    // To the last byte.
    private static void Fill(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var (block, length) = (new byte[4096], 0L);
        try
        {
            while (true)
            {
                RandomAccess.Write(file, block, length);
                length += block.Length;
            }
        }
        catch (IOException)
        {
            Assert.True(length > 0);
        }
    }

    private Task<ProgramResult> Apply(string world) =>
        _netns.Run("unshare", ["--mount", "sh", "-c", $"{world} || exit 99; exec \"$@\"", "sh", NetguardBinary.Path, "apply", "--config", _config]);

    private static List<string> Strangers(string save) => [.. save.Split('\n').Where(line => line.StartsWith("-A", StringComparison.Ordinal) && !line.Contains("netguard:", StringComparison.Ordinal))];
}
