using CsCheck;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Sysctl;
using Xunit;

namespace NetGuard.Tests.Sysctl;

/// <summary>Boots, as far as settings go: systemd-sysctl over the files, then an interface appears and udev has its lines applied.</summary>
public class SystemdSysctlTests
{
    private static readonly string[] Lines =
    [
        .. from name in (string[])["ip_forward", "conf.all.forwarding", "conf.default.forwarding", "conf.br0.forwarding", "conf.*.forwarding",
                "conf.b*.forwarding", "conf.[ad]*.forwarding", "conf.default.rp_filter", "conf.br0.rp_filter", "conf.br?.rp_filter", "conf.*.rp_filter"]
           from value in (string[])[" = 0", "=1", "= 2 # two"]
           select $"net.ipv4.{name}{value}",
        "-net.ipv4.conf.all.forwarding", "-net.ipv4.conf.br0.rp_filter", "-net.ipv4.conf.br0.forwarding=1", "nonsense", "-", "; x = y",
    ];

    [Fact]
    public void TheFilesMeanWhatSystemdMakesOfThem()
    {
        const string Program = "/usr/lib/systemd/systemd-sysctl";
        Assert.SkipUnless(File.Exists(Program), "systemd-sysctl is not installed");
        Gen.OneOf(Lines).Array[1, 8].Sample(
            lines => ThreadNamespace.Run(() =>
            {
                var path = Path.GetTempFileName();
                try
                {
                    File.WriteAllLines(path, lines);
                    var kernel = new ProcSys();
                    SysctlKey[] keys = [.. new[] { "ip_forward", "conf.default.forwarding", "conf.br0.forwarding", "conf.default.rp_filter", "conf.br0.rp_filter" }
                        .Select(name => SysctlKey.Parse("net.ipv4." + name))];
                    foreach (var key in (string[])["net.ipv4.ip_forward", "net.ipv4.conf.default.rp_filter"])
                    {
                        kernel.Write(SysctlKey.Parse(key), "7");
                    }

                    // A line that is none makes it fail after it has done the others.
                    ThreadNamespace.Start(Program, path);
                    ThreadNamespace.AddInterfaces("br0");
                    ThreadNamespace.Start(Program, "--prefix=/net/ipv4/conf/br0", path);
                    var files = SysctlFileSet.Of([new SysctlFile(path, File.ReadAllText(path))]);
                    Assert.All(keys, key => Assert.Equal(
                        $"{key} = {files.Deciding(key)?.Value.Split(' ')[0] ?? "7"}", $"{key} = {kernel.Read(key).Value}"));
                }
                finally
                {
                    File.Delete(path);
                }
            }),
            iter: 80, threads: 1);
    }
}
