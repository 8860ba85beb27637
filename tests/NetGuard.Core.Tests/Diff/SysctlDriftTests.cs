using NetGuard.Core.Config;
using NetGuard.Core.Diff;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using Xunit;

namespace NetGuard.Core.Tests.Diff;

public class SysctlDriftTests
{
    private readonly FakeSysctls _kernel = new("lo", "br0");

    private static ValueList<SysctlConfig> Desired(params (string Key, string Value)[] settings) =>
        settings.Select((s, i) => new SysctlConfig(SysctlKey.Parse(s.Key), s.Value, new("netguard.yaml", i + 1, 3))).ToValueList();

    private Drift? One(string key, string value, string files = "") =>
        SysctlDrift.Between(
            Desired((key, value)), _kernel.Read, SysctlFileSet.Of([new SysctlFile("/etc/sysctl.d/99-x.conf", files)])).SingleOrDefault();

    [Fact]
    public void WhatIsAsDeclaredIsNoDrift() => Assert.Null(One("net.ipv4.ip_forward", "0", "net.ipv4.ip_forward = 1"));

    [Fact]
    public void BlanksAreNoDrift()
    {
        _kernel["net.ipv4.ip_local_port_range"] = "32768\t60999";
        Assert.Null(One("net.ipv4.ip_local_port_range", " 32768  60999 "));
    }

    [Fact]
    public void ADriftSaysWhatUndoesItsRepairAtTheNextBoot() => Assert.Equal(
        new Drift(DriftKind.Sysctl)
        {
            Family = Family.Ipv4,
            Sysctl = SysctlKey.Ipv4Forwarding,
            Expected = "1",
            Actual = "0",
            Note = "/etc/sysctl.d/99-x.conf:2 sets 0 and will undo this at the next boot",
        },
        One("net.ipv4.ip_forward", "1", "\nnet.ipv4.ip_forward=0"));

    [Fact]
    public void ALineThatDecidesByCouplingIsQuoted() => Assert.Equal(
        "/etc/sysctl.d/99-x.conf:1 sets net.ipv4.conf.*.forwarding = 0, which decides this too, and will undo this at the next boot",
        One("net.ipv4.ip_forward", "1", "net.ipv4.conf.*.forwarding=0")?.Note);

    [Theory]
    [InlineData("net.bridge.bridge-nf-call-iptables", "the kernel module br_netfilter is not loaded: modprobe br_netfilter")]
    [InlineData("net.netfilter.nf_conntrack_max", "the kernel module nf_conntrack is not loaded: modprobe nf_conntrack")]
    [InlineData("net.nf_conntrack_max", "the kernel module nf_conntrack is not loaded: modprobe nf_conntrack")]
    [InlineData("net.ipv4.conf.docker0.forwarding", "there is no interface docker0")]
    [InlineData("net.ipv6.conf.docker0.forwarding", "there is no interface docker0")]
    [InlineData("net.ipv4.conf.br0.fowarding", "this kernel has no such setting")]
    [InlineData("net.ipv6.conf.all.fowarding", "this kernel has no such setting")]
    [InlineData("net.core.nothing", "this kernel has no such setting")]
    public void AnAbsentSettingSaysWhatIsMissing(string key, string note)
    {
        var drift = One(key, "1");
        Assert.Equal(DriftKind.Unavailable, drift?.Kind);
        Assert.Equal(note, drift?.Note);
        Assert.Null(drift?.Actual);
    }

    [Fact]
    public void WithoutIpv6ItsSettingsAreUnavailableForThatReason() => Assert.Equal(
        "this kernel runs without IPv6 (ipv6.disable=1, or the module ipv6 is not loaded)",
        SysctlDrift.Between(Desired(("net.ipv6.conf.br0.forwarding", "1")), _ => default, SysctlFileSet.Empty)[0].Note);

    [Fact]
    public void WhatCannotBeReadIsNotTakenForAbsent()
    {
        _kernel.Unreadable.Add(SysctlKey.Ipv4Forwarding);
        Assert.Equal((DriftKind.Unreadable, "net.ipv4.ip_forward: unreadable"), One("net.ipv4.ip_forward", "0") is { } d ? (d.Kind, d.Note) : default);
    }

    [Fact]
    public void TwoWishesForOneSwitchNameEachOther() => Assert.Equal(
        "netguard.yaml:1:3 wants net.ipv4.ip_forward = 0, which is the same switch",
        SysctlDrift.Between(
            Desired(("net.ipv4.ip_forward", "0"), ("net.ipv4.conf.all.forwarding", "1")), _kernel.Read, SysctlFileSet.Empty).Single().Note);
}
