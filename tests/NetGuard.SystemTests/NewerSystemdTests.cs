using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>On a machine whose systemd waits for a reload by itself, installed from the rpm.</summary>
public class NewerSystemdTests(RpmMachine rpm) : ServiceContract, IClassFixture<RpmMachine>
{
    protected override Machine Machine => rpm.Machine;

    [Fact]
    public async Task SystemdIsToldThatReloadsAreAnswered() => Assert.Equal("notify-reload", await Machine.Property("netguard", "Type"));
}
