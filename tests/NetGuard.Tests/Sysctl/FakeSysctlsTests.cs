using NetGuard.Core.Ports;
using NetGuard.Core.Tests.Fakes;

namespace NetGuard.Tests.Sysctl;

public sealed class FakeSysctlsTests : SysctlsContract
{
    protected override void RunOn(Action<ISysctls> test) => test(new FakeSysctls("lo", "br0", "br1"));
}
