using CsCheck;
using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using Xunit;

namespace NetGuard.Core.Tests.Repair;

public class SysctlRepairTests
{
    private readonly FakeSysctls _kernel = new("lo", "br0", "br1");

    private static ValueList<SysctlConfig> Desired(params (string Key, string Value)[] settings) =>
        settings.Select((s, i) => new SysctlConfig(SysctlKey.Parse(s.Key), s.Value, new("netguard.yaml", i + 1, 3))).ToValueList();

    private SysctlOutcome Repair(params (string Key, string Value)[] desired) =>
        SysctlRepair.Run(_kernel, Desired(desired), SysctlFileSet.Empty);

    [Fact]
    public void WritingIpForwardDoesNotLoseTheInterfacesOwnSwitch()
    {
        var outcome = Repair(("net.ipv4.conf.br0.forwarding", "0"), ("net.ipv4.conf.default.forwarding", "0"), ("net.ipv4.ip_forward", "1"));
        Assert.Equal(
            """
            sysctl -w net.ipv4.ip_forward=1  # was 0
            sysctl -w net.ipv4.conf.default.forwarding=0  # kept: writing net.ipv4.ip_forward overwrites it
            sysctl -w net.ipv4.conf.br0.forwarding=0  # kept: writing net.ipv4.ip_forward overwrites it
            """,
            outcome.Plan.ToString());
        Assert.Equal(("1", "0", "0", "1", 1), (_kernel["net.ipv4.ip_forward"], _kernel["net.ipv4.conf.default.forwarding"],
            _kernel["net.ipv4.conf.br0.forwarding"], _kernel["net.ipv4.conf.br1.forwarding"], outcome.Rounds));
        Assert.Single(outcome.Repaired);
        Assert.Empty(outcome.Remaining);
    }

    [Fact]
    public void RedirectsStayAsDeclaredWhenForwardingIsTurnedOn() => Assert.Equal(
        """
        sysctl -w net.ipv4.ip_forward=1  # was 0
        sysctl -w net.ipv4.conf.all.accept_redirects=1  # kept: writing net.ipv4.ip_forward overwrites it
        """,
        Repair(("net.ipv4.conf.all.accept_redirects", "1"), ("net.ipv4.ip_forward", "1")).Plan.ToString());

    [Fact]
    public void AnInterfacesDriftIsRepairedAlone() => Assert.Equal(
        "sysctl -w net.ipv4.conf.br0.forwarding=1  # was 0",
        Repair(("net.ipv4.ip_forward", "0"), ("net.ipv4.conf.br0.forwarding", "1")).Plan.ToString());

    [Fact]
    public void OneSwitchByTwoNamesIsWrittenOnce() =>
        Assert.Equal([SysctlKey.Ipv4Forwarding], Repair(("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.all.forwarding", "1")) is { Remaining.Count: 0 } ? _kernel.Writes : []);

    [Fact]
    public void TwoWishesForOneSwitchDoNotChaseEachOther()
    {
        var outcome = Repair(("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.all.forwarding", "0"));
        Assert.Equal("net.ipv4.conf.all.forwarding", outcome.Remaining.Single().Sysctl.ToString());
        Assert.Equal([SysctlKey.Ipv4Forwarding], _kernel.Writes);
    }

    [Fact]
    public void NothingIsWrittenWhereNothingDrifted()
    {
        var outcome = Repair(("net.ipv4.ip_forward", "0"), ("net.ipv6.conf.all.forwarding", "0"));
        Assert.True(outcome.Plan.IsEmpty);
        Assert.Equal((0, 0), (outcome.Rounds, _kernel.Writes.Count));
    }

    [Fact]
    public void AbsentAndUnreadableSettingsAreNotWritten()
    {
        _kernel.Unreadable.Add(SysctlKey.Parse("net.ipv4.conf.br0.forwarding"));
        var outcome = Repair(
            ("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.br0.forwarding", "1"), ("net.ipv4.conf.br9.forwarding", "1"), ("net.bridge.x", "1"));
        Assert.Equal([SysctlKey.Ipv4Forwarding], _kernel.Writes);
        Assert.Equal([DriftKind.Unreadable, DriftKind.Unavailable, DriftKind.Unavailable], outcome.Remaining.Select(d => d.Kind));
    }

    [Fact]
    public void TheKernelsRefusalIsPassedOnAndDoesNotHinderTheRest()
    {
        var outcome = Repair(("net.ipv4.conf.br0.rp_filter", "strict"), ("net.ipv4.conf.br1.rp_filter", "2"));
        Assert.Equal("net.ipv4.conf.br0.rp_filter: the kernel refuses the value \"strict\" (Invalid argument)", outcome.Remaining.Single().Note);
        Assert.Equal("2", _kernel["net.ipv4.conf.br1.rp_filter"]);
        Assert.Equal(2, outcome.Rounds);
    }

    [Fact]
    public void AWriteThatDoesNotTakeIsNotCalledRepaired()
    {
        _kernel.AfterWrite = _ => _kernel["net.ipv4.conf.br0.rp_filter"] = "1";
        var outcome = Repair(("net.ipv4.conf.br0.rp_filter", "5"));
        Assert.Empty(outcome.Repaired);
        Assert.Equal("net.ipv4.conf.br0.rp_filter: written, and 1 was read back", outcome.Remaining.Single().Note);
    }

    [Fact]
    public void ACouplingThatNobodyKnewIsRepairedInTheNextRound()
    {
        _kernel.AfterWrite = key => { if (key == SysctlKey.Ipv4Forwarding) { _kernel["net.ipv6.conf.br0.accept_ra"] = "0"; } };
        var outcome = Repair(("net.ipv6.conf.br0.accept_ra", "1"), ("net.ipv4.ip_forward", "1"));
        Assert.Equal(2, outcome.Rounds);
        Assert.Empty(outcome.Remaining);
    }

    [Fact]
    public void ARivalEndsItAfterThreeRounds()
    {
        var turn = 0;
        _kernel.AfterWrite = _ => _kernel["net.ipv4.conf.br0.rp_filter"] = $"{10 + turn++}";
        Assert.Equal(SysctlRepair.MaxRounds, Repair(("net.ipv4.conf.br0.rp_filter", "1")).Rounds);
    }

    [Fact]
    public void AfterOneRoundAllThatWasDeclaredHoldsAndWhatIsUnmanagedIsNotWritten() =>
        (from start in Settings.Array[0, 12] from desired in Settings.Array[0, 12] select (start, desired)).Sample(
            (start, desired) =>
            {
                var kernel = new FakeSysctls("lo", "br0", "br1");
                foreach (var (key, value) in start)
                {
                    kernel.Write(key, value);
                }

                kernel.Writes.Clear();
                var wishes = desired.DistinctBy(d => SysctlCoupling.Usual(d.Key))
                    .Select((d, i) => new SysctlConfig(d.Key, d.Value, new("netguard.yaml", i + 1, 3))).ToValueList();
                var before = kernel.Keys.ToDictionary(k => k, k => kernel.Read(k).Value);
                var outcome = SysctlRepair.Run(kernel, wishes, SysctlFileSet.Empty);

                Assert.Empty(outcome.Remaining);
                Assert.Equal(outcome.Found.Count > 0 ? 1 : 0, outcome.Rounds);
                Assert.Subset(wishes.Select(w => w.Key).ToHashSet(), kernel.Writes.ToHashSet());
                Assert.All(
                    kernel.Keys.Where(k => kernel.Read(k).Value != before[k] && wishes.All(w => SysctlCoupling.Usual(w.Key) != SysctlCoupling.Usual(k))),
                    k => Assert.Contains(kernel.Writes, w => SysctlCoupling.Overwrites(w, k)));
                Assert.True(SysctlRepair.Run(kernel, wishes, SysctlFileSet.Empty).Plan.IsEmpty);
            });

    private static Gen<(SysctlKey Key, string Value)> Settings =>
        Gen.Select(Gen.OneOf([.. new FakeSysctls("lo", "br0", "br1").Keys]), Gen.OneOf("0", "1", "2"));
}
