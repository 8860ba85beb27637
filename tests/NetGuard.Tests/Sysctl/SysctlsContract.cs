using CsCheck;
using NetGuard.Core.Config;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Fakes;
using Xunit;

namespace NetGuard.Tests.Sysctl;

/// <summary>How the kernel's settings behave, on the fake and on the kernel. The interfaces are lo, br0 and br1, without addresses.</summary>
public abstract class SysctlsContract
{
    /// <summary>Runs a test with settings that nobody has written to.</summary>
    protected abstract void RunOn(Action<ISysctls> test);

    private static SysctlKey Key(string name) => SysctlKey.Parse(name);

    private static string? Get(ISysctls sysctls, string name) => sysctls.Read(Key(name)).Value;

    private static IOException Refused(ISysctls sysctls, string name, string value) =>
        Assert.Throws<IOException>(() => sysctls.Write(Key(name), value));

    [Theory]
    [InlineData("net.ipv4.ip_forward")]
    [InlineData("net.ipv4.conf.all.forwarding")]
    public void WritingIpForwardOverwritesEveryInterface(string name) => RunOn(sysctls =>
    {
        sysctls.Write(Key("net.ipv4.conf.br0.forwarding"), "0");
        sysctls.Write(Key(name), "1");
        foreach (var at in (string[])["all", "default", "lo", "br0", "br1"])
        {
            Assert.Equal("1", Get(sysctls, $"net.ipv4.conf.{at}.forwarding"));
        }

        Assert.Equal(("1", "0"), (Get(sysctls, "net.ipv4.ip_forward"), Get(sysctls, "net.ipv4.conf.all.accept_redirects")));
    });

    [Fact]
    public void WritingIpForwardAsItIsOverwritesNothing() => RunOn(sysctls =>
    {
        sysctls.Write(SysctlKey.Ipv4Forwarding, "1");
        sysctls.Write(Key("net.ipv4.conf.br0.forwarding"), "0");
        sysctls.Write(SysctlKey.Ipv4Forwarding, "1");
        Assert.Equal("0", Get(sysctls, "net.ipv4.conf.br0.forwarding"));
    });

    [Theory]
    [InlineData("forwarding")]
    [InlineData("disable_ipv6")]
    [InlineData("ignore_routes_with_linkdown")]
    public void WritingASwitchOfAllOfIpv6OverwritesEvenWithWhatItIs(string name) => RunOn(sysctls =>
    {
        sysctls.Write(Key($"net.ipv6.conf.all.{name}"), "0");
        sysctls.Write(Key($"net.ipv6.conf.br0.{name}"), "1");
        sysctls.Write(Key($"net.ipv6.conf.all.{name}"), "0");
        Assert.Equal("0", Get(sysctls, $"net.ipv6.conf.br0.{name}"));
    });

    [Fact]
    public void TheDefaultReachesOnlyInterfacesThatWereNotWrittenTo() => RunOn(sysctls =>
    {
        sysctls.Write(Key("net.ipv4.conf.br0.rp_filter"), "1");
        sysctls.Write(Key("net.ipv4.conf.default.rp_filter"), "2");
        Assert.Equal(("1", "2"), (Get(sysctls, "net.ipv4.conf.br0.rp_filter"), Get(sysctls, "net.ipv4.conf.br1.rp_filter")));
    });

    [Fact]
    public void WhatFollowsTheNumberIsIgnored() => RunOn(sysctls =>
    {
        sysctls.Write(SysctlKey.Ipv4Forwarding, "1 # for Docker");
        Assert.Equal("1", Get(sysctls, "net.ipv4.ip_forward"));
    });

    [Theory]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("1#")]
    [InlineData("+1")]
    public void TheKernelsRefusalIsToldInItsOwnWords(string value) => RunOn(sysctls => Assert.Equal(
        $"net.ipv4.ip_forward: the kernel refuses the value \"{value}\" (Invalid argument)",
        Refused(sysctls, "net.ipv4.ip_forward", value).Message));

    [Fact]
    public void AnAbsentSettingIsAnAnswerToAReadAndAFailureToAWrite() => RunOn(sysctls =>
    {
        Assert.True(sysctls.Read(Key("net.ipv4.conf.br9.forwarding")).IsAbsent);
        Assert.True(sysctls.Read(default).IsAbsent);
        Assert.Equal(
            "net.ipv4.conf.br9.forwarding: the kernel does not have this setting",
            Refused(sysctls, "net.ipv4.conf.br9.forwarding", "1").Message);
    });

    [Fact]
    public void AnyWritesLeaveTheSettingsAsTheModelHasThem() => RunOn(sysctls => Settings.Array[1, 25].Sample(
        writes =>
        {
            // All interfaces are written to first, so that what an earlier sample wrote to them makes no difference.
            var model = new FakeSysctls("lo", "br0", "br1");
            var keys = model.Keys.OrderBy(SysctlCoupling.Rank).ToList();
            foreach (var (key, value) in keys.Select(k => (k, "0")).Concat(writes))
            {
                model.Write(key, value);
                sysctls.Write(key, value);
            }

            Assert.All(keys, key => Assert.Equal($"{key} = {model.Read(key).Value}", $"{key} = {sysctls.Read(key).Value}"));
        },
        iter: 60, threads: 1));

    [Fact]
    public void AnyDesiredStateIsReachedFromAnyOther() => RunOn(sysctls =>
        (from start in Settings.Array[0, 12] from desired in Settings.Array[0, 12] select (start, desired)).Sample(
            (start, desired) =>
            {
                foreach (var (key, value) in start)
                {
                    sysctls.Write(key, value);
                }

                var wishes = desired.DistinctBy(d => SysctlCoupling.Usual(d.Key))
                    .Select((d, i) => new SysctlConfig(d.Key, d.Value, new("netguard.yaml", i + 1, 3))).ToValueList();
                var outcome = SysctlRepair.Run(sysctls, wishes, SysctlFileSet.Empty);
                Assert.Empty(outcome.Remaining);
                Assert.InRange(outcome.Rounds, 0, 1);
            },
            iter: 100, threads: 1));

    private static Gen<(SysctlKey Key, string Value)> Settings =>
        Gen.Select(Gen.OneOf([.. new FakeSysctls("lo", "br0", "br1").Keys]), Gen.OneOf("0", "1"));
}
