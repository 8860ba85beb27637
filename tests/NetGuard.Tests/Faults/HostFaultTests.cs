using System.Globalization;
using NetGuard.Core.State;
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
        var group = $"/sys/fs/cgroup/memory/netguard-tests-{Environment.ProcessId}";
        if (!Directory.Exists("/sys/fs/cgroup/memory"))
        {
            Assert.Skip("the memory of a group cannot be limited here: no cgroup v1");
        }

        Directory.CreateDirectory(group);
        try
        {
            await File.WriteAllTextAsync($"{group}/memory.limit_in_bytes", "32M", TestContext.Current.CancellationToken);
            await using var daemon = _netns.Start("sh", ["-c", "echo $$ > \"$1/cgroup.procs\" && shift && exec \"$@\"", "sh", group, NetguardBinary.Path, "daemon", "--config", _config], isAskedFirst: true);
            await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
            for (var i = 0; i < 4; i++)
            {
                var said = daemon.Lines.Count;
                await _netns.Iptables(Backend.Nft, Family.Ipv4, "-D", "DOCKER-USER", "1");
                await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
            }

            Assert.Equal(0, await daemon.Stop());
        }
        finally
        {
            Directory.Delete(group);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private Task<ProgramResult> Apply(string world) =>
        _netns.Run("unshare", ["--mount", "sh", "-c", $"{world} || exit 99; exec \"$@\"", "sh", NetguardBinary.Path, "apply", "--config", _config]);

    private static List<string> Strangers(string save) => [.. save.Split('\n').Where(line => line.StartsWith("-A", StringComparison.Ordinal) && !line.Contains("netguard:", StringComparison.Ordinal))];
}
