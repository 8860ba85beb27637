using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>A machine with a newer systemd, bus and iptables, where NetGuard was installed from the rpm; the tests on it run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class NewerMachine : ICollectionFixture<RpmMachine>
{
    public const string Name = "newer machine";
}

[Collection(NewerMachine.Name)]
public class NewerSystemdTests(RpmMachine rpm) : ServiceContract
{
    protected override Machine Machine => rpm.Machine;

    [Fact]
    public async Task SystemdIsToldThatReloadsAreAnswered() => Assert.Equal("notify-reload", await Machine.Property("netguard", "Type"));
}

[Collection(NewerMachine.Name)]
public class NewerBusTests(RpmMachine rpm) : ControlContract
{
    protected override Machine Machine => rpm.Machine;
}

[Collection(NewerMachine.Name)]
public class NewerConfinementTests(RpmMachine rpm) : ConfinementContract
{
    protected override Machine Machine => rpm.Machine;
}
