using CsCheck;
using NetGuard.Core.Snapshot;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Snapshot;

public class SysctlFileSetTests
{
    private const string X = "/etc/sysctl.d/50-x.conf";

    private static SysctlFileSet Files(params (string Path, string? Text)[] files) =>
        SysctlFileSet.Of(files.Select(f => new SysctlFile(f.Path, f.Text)));

    private static string? Undoing(SysctlFileSet files, string key, string desired) =>
        files.Undoing(SysctlKey.Parse(key), desired)?.Place;

    [Theory]
    [InlineData("net.ipv4.ip_forward = 0")]
    [InlineData("net.ipv4.ip_forward=0")]
    [InlineData("  net/ipv4/ip_forward\t=\t0  ")]
    [InlineData("-net.ipv4.ip_forward = 0")]
    [InlineData("- net.ipv4.ip_forward = 0")]
    [InlineData("/net/ipv4/ip_forward = 0")]
    [InlineData("net.ipv4.ip_forward = 0 # off")]
    [InlineData("net.ipv4.conf.all.forwarding = 0")]
    [InlineData("net.ipv4.conf.*.forwarding = 0")]
    [InlineData("net.ipv4.conf.a?[l-m].forwarding = 0")]
    [InlineData("net.ipv4.ip_forward = 1\r\nnet.ipv4.ip_forward = 0\r")]
    [InlineData("net.ipv4.ip_forward = 1\n\n; net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.forwarding = 0")]
    [InlineData("=1\n-\n==\nfoo\n\u0000\u0001\n[\nnet.[=1\nnet.ipv4.=1\nnet.ipv4.ip_forward = 0")]
    public void ALineThatDisagreesIsFound(string text) =>
        Assert.Equal($"{X}:{text.Split('\n').Length}", Undoing(Files((X, text)), "net.ipv4.ip_forward", "1"));

    [Theory]
    [InlineData("")]
    [InlineData("# net.ipv4.ip_forward = 0")]
    [InlineData("net.ipv4.ip_forward = 1 # Docker wants it")]
    [InlineData("net.ipv4.ip_forward = 0\nnet.ipv4.ip_forward = 1")]
    [InlineData("net.ipv4.ip_forward 0")]
    [InlineData("-net.ipv4.ip_forward")]
    [InlineData("-net.ipv4.conf.all.forwarding\nnet.ipv4.conf.*.forwarding = 0")]
    [InlineData("net.ipv4.conf.eth*.forwarding = 0")]
    [InlineData("net.ipv4.conf.default.forwarding = 0")]
    [InlineData("kernel.domainname = example.com")]
    public void WhatAgreesOrSaysNothingIsNotNamed(string text) =>
        Assert.Null(Undoing(Files((X, text)), "net.ipv4.ip_forward", "1"));

    [Fact]
    public void AFileHidesThoseOfItsNameInLaterDirectories() =>
        Assert.Null(Undoing(
            Files(("/etc/sysctl.d/50-x.conf", ""), ("/usr/lib/sysctl.d/50-x.conf", "net.ipv4.ip_forward = 0")), "net.ipv4.ip_forward", "1"));

    [Fact]
    public void TheLastFileNameWinsWhateverItsDirectory() =>
        Assert.Equal("/usr/lib/sysctl.d/60-y.conf:1", Undoing(
            Files(("/etc/sysctl.d/50-x.conf", "net.ipv4.ip_forward = 1"), ("/usr/lib/sysctl.d/60-y.conf", "net.ipv4.ip_forward = 0")),
            "net.ipv4.ip_forward", "1"));

    [Fact]
    public void SysctlConfComesLast() =>
        Assert.Equal("/etc/sysctl.conf:1", Undoing(
            Files(("/etc/sysctl.conf", "net.ipv4.ip_forward = 0"), ("/etc/sysctl.d/zz.conf", "net.ipv4.ip_forward = 1")),
            "net.ipv4.ip_forward", "1"));

    [Fact]
    public void AnUnreadFileStillHidesOthersAndIsNamed()
    {
        var files = Files(("/etc/sysctl.d/50-x.conf", null), ("/lib/sysctl.d/50-x.conf", "net.ipv4.ip_forward = 0"));
        Assert.Null(Undoing(files, "net.ipv4.ip_forward", "1"));
        Assert.Equal(["/etc/sysctl.d/50-x.conf"], files.Unread);
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward = 0", 1)]
    [InlineData("net.ipv4.conf.default.forwarding = 0", 1)]
    [InlineData("net.ipv4.ip_forward = 1\nnet.ipv4.conf.docker0.forwarding = 0", 2)]
    [InlineData("net.ipv4.conf.docker0.forwarding = 0\nnet.ipv4.ip_forward = 1", 1)]
    [InlineData("net.ipv4.conf.d*.forwarding = 0\nnet.ipv4.ip_forward = 1", 1)]
    [InlineData("net.ipv4.conf.docker0.forwarding = 1\nnet.ipv4.ip_forward = 0", 0)]
    [InlineData("net.ipv4.conf.default.forwarding = 0\nnet.ipv4.ip_forward = 1", 0)]
    [InlineData("net.ipv4.conf.all.forwarding = 1\nnet.ipv4.conf.default.forwarding = 0\nnet.ipv4.ip_forward = 1", 2)]
    [InlineData("net.ipv4.conf.eth0.forwarding = 0", 0)]
    [InlineData("net.ipv6.conf.all.forwarding = 0", 0)]
    public void AnInterfaceTakesItsOwnLineElseWhatTheGlobalSwitchOrTheDefaultGivesIt(string text, int line) =>
        Assert.Equal(line == 0 ? null : $"{X}:{line}", Undoing(Files((X, text)), "net.ipv4.conf.docker0.forwarding", "1"));

    [Fact]
    public void ASlashInAnInterfacesNameIsReadAsItsDot() =>
        Assert.Equal($"{X}:1", Undoing(
            Files((X, "net.ipv4.conf.eth0/100.forwarding=0")), "net/ipv4/conf/eth0.100/forwarding", "1"));

    [Fact]
    public void BlanksBetweenNumbersDoNotMatter() =>
        Assert.Null(Undoing(Files((X, "net.ipv4.ip_local_port_range = 32768\t 60999")), "net.ipv4.ip_local_port_range", "32768 60999"));

    [Fact]
    public void NoTextMakesItThrow() =>
        Gen.OneOf(
                Gen.String,
                Gen.String[Gen.OneOf('n', 'e', 't', '.', '/', '*', '[', ']', '-', '!', '=', '?', '0', '\n', ' '), 0, 60],
                Gen.String[Gen.OneOf('a', '*', '?', '[', ']', '-', '!', '^', '/'), 0, 30].Select(s => "net/" + s + "=1"))
            .Array[1, 4]
            .Sample(texts => _ = Files((X, string.Join('\n', texts))).Deciding(SysctlKey.Parse("net.aaa.a/a/a.aaaa")), iter: 3000);
}
