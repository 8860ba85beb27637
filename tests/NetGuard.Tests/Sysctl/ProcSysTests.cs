using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Sysctl;
using Xunit;

namespace NetGuard.Tests.Sysctl;

public sealed class ProcSysTests : SysctlsContract
{
    protected override void RunOn(Action<ISysctls> test) => ThreadNamespace.Run(() =>
    {
        ThreadNamespace.AddInterfaces("br0", "br1");
        test(new OnThisThread(new ProcSys()));
    });

    private static string Refusal(string name, string value) =>
        Assert.Throws<IOException>(() => new ProcSys().Write(SysctlKey.Parse(name), value)).Message;

    [Fact]
    public void EveryFailureSaysWhatItIs() => RunOn(sysctls =>
    {
        Assert.Equal("net.ipv4.conf: this is a group of settings, not a setting", sysctls.Read(SysctlKey.Parse("net.ipv4.conf")).Failure);
        Assert.Equal("net.ipv4.conf: this is a group of settings, not a setting", Refusal("net.ipv4.conf", "1"));
        Assert.StartsWith("net.ipv4.route.flush: the kernel does not permit reading it", sysctls.Read(SysctlKey.Parse("net.ipv4.route.flush")).Failure ?? "");
        Assert.StartsWith("net.ipv4.conf.all.mc_forwarding: the kernel does not permit", Refusal("net.ipv4.conf.all.mc_forwarding", "1"));
        Assert.Equal(
            "net.ipv4.tcp_congestion_control: the kernel refuses the value \"nope\" (No such file or directory)",
            Refusal("net.ipv4.tcp_congestion_control", "nope"));
        Assert.Equal(
            "net.ipv6.conf.br0.stable_secret: the kernel refuses reading it (Input/output error)",
            sysctls.Read(SysctlKey.Parse("net.ipv6.conf.br0.stable_secret")).Failure);
        Assert.Equal(
            "net.ipv4.conf.x: the kernel does not have this setting",
            Refusal("net.ipv4.conf.x", "1"));
    });

    [Fact]
    public void AReadOnlyProcSysIsCalledThat() => ThreadNamespace.RunWithMounts(() =>
    {
        Assert.Equal(0, ThreadNamespace.Start("mount", "--bind", "/proc/sys", "/proc/sys"));
        Assert.Equal(0, ThreadNamespace.Start("mount", "-o", "remount,bind,ro", "/proc/sys"));
        Assert.Equal("0", new ProcSys().Read(SysctlKey.Ipv4Forwarding).Value);
        Assert.Equal("net.ipv4.ip_forward: /proc/sys is mounted read-only (Read-only file system)", Refusal("net.ipv4.ip_forward", "1"));
    });

    [Fact]
    public void SeveralNumbersAreReadWithOneSpaceBetween() => RunOn(sysctls =>
    {
        sysctls.Write(SysctlKey.Parse("net.ipv4.ip_local_port_range"), "32768   50000");
        Assert.Equal("32768 50000", sysctls.Read(SysctlKey.Parse("net.ipv4.ip_local_port_range")).Value);
    });

    [Fact]
    public void TheKernelHasNoCouplingThatNetGuardDoesNotKnow() => RunOn(sysctls =>
    {
        // stable_secret cannot be taken back, and makes addr_gen_mode 2 by itself.
        var keys = new[] { "ipv4", "ipv6" }
            .SelectMany(f => Directory.GetFiles($"/proc/sys/net/{f}/conf", "*", SearchOption.AllDirectories)
                .Concat(Directory.GetFiles($"/proc/sys/net/{f}")))
            .Select(path => SysctlKey.Parse(path["/proc/sys/".Length..]))
            .Where(k => !k.RelativePath.EndsWith("stable_secret", StringComparison.Ordinal) && sysctls.Read(k).Value is not null)
            .ToList();
        Dictionary<SysctlKey, string?> Dump() => keys.ToDictionary(k => k, k => sysctls.Read(k).Value);
        var common = keys.Where(k => k == SysctlKey.Ipv4Forwarding || InterfaceSysctl.Of(k) is { IsCommon: true }).ToList();
        Assert.True(common.Count > 100, $"{common.Count} keys");
        foreach (var key in common)
        {
            var before = Dump();
            var value = before[key] == "0" ? "1" : "0";
            if (Record.Exception(() => sysctls.Write(key, value)) is null)
            {
                var after = Dump();
                var moved = keys.Where(k => before[k] != after[k] && SysctlCoupling.Usual(k) != SysctlCoupling.Usual(key));
                Assert.All(moved, k => Assert.True(SysctlCoupling.Overwrites(key, k), $"writing {key} changed {k}"));
                sysctls.Write(key, before[key]!);
            }
        }
    });

    [Fact]
    public void NothingOutsideTheRootIsReadOrWritten()
    {
        var root = Directory.CreateTempSubdirectory("netguard-").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/sys/net");
            File.WriteAllText($"{root}/outside", "7\n");
            File.CreateSymbolicLink($"{root}/sys/net/file", $"{root}/outside");
            Directory.CreateSymbolicLink($"{root}/sys/net/folder", root);
            File.WriteAllText($"{root}/sys/net/inside", " 1 \t 2\n");
            var sysctls = new ProcSys($"{root}/sys");
            Assert.Equal("1 2", sysctls.Read(SysctlKey.Parse("net.inside")).Value);
            Assert.True(sysctls.Read(SysctlKey.Parse("net.file")).IsAbsent);
            Assert.True(sysctls.Read(SysctlKey.Parse("net.folder.outside")).IsAbsent);
            Assert.Throws<IOException>(() => sysctls.Write(SysctlKey.Parse("net.file"), "8"));
            Assert.Equal("7\n", File.ReadAllText($"{root}/outside"));
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }
}
