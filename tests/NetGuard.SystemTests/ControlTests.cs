using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>On this machine's own release, installed from the .deb.</summary>
public class ControlTests(GuardedMachine guarded) : ControlContract, IClassFixture<GuardedMachine>
{
    protected override Machine Machine => guarded.Machine;
}
