using NetGuard.Core.Config;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using Xunit;

namespace NetGuard.Core.Tests.Repair;

public sealed class SysctlCrashTests
{
    private static readonly ValueList<SysctlConfig> Desired =
    [
        .. new[] { ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.eth0.forwarding", "0"), ("net.ipv4.conf.all.accept_redirects", "1"), ("net.ipv6.conf.all.forwarding", "1"), ("net.ipv6.conf.docker0.forwarding", "0"), ("net.ipv4.conf.all.rp_filter", "1") }
            .Select(pair => new SysctlConfig(SysctlKey.Parse(pair.Item1), pair.Item2, new("netguard.yaml", 1, 1))),
    ];

    [Fact]
    public void KilledAtAnyWriteTheNextRunConverges()
    {
        var writes = int.MaxValue;
        for (var at = 0; at <= writes; at++)
        {
            var sysctls = new FakeSysctls("eth0", "docker0");
            var left = at;
            sysctls.AfterWrite = _ =>
            {
                if (--left == 0)
                {
                    throw new KilledException();
                }
            };
            if (at == 0)
            {
                writes = SysctlRepair.Run(sysctls, Desired, SysctlFileSet.Empty).Plan.Writes.Count;
                Assert.InRange(writes, 4, 20);
                continue;
            }

            Assert.Throws<KilledException>(() => SysctlRepair.Run(sysctls, Desired, SysctlFileSet.Empty));
            sysctls.AfterWrite = _ => { };
            Assert.Empty(SysctlRepair.Run(sysctls, Desired, SysctlFileSet.Empty).Remaining);
        }
    }

    private sealed class KilledException : Exception;
}
