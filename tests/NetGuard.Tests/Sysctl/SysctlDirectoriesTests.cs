using System.Diagnostics;
using NetGuard.Core.State;
using NetGuard.Sysctl;
using Xunit;

namespace NetGuard.Tests.Sysctl;

public sealed class SysctlDirectoriesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("netguard-").FullName;

    public void Dispose() => Directory.Delete(_root, true);

    private void Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }

    private void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.CreateSymbolicLink(_root + path, target);
    }

    private string? Undoing() => new SysctlDirectories(_root).Read().Undoing(SysctlKey.Ipv4Forwarding, "1")?.Place;

    [Fact]
    public void NoDirectoriesSetNothing() => Assert.Null(Undoing());

    [Theory]
    [InlineData("/etc/sysctl.d")]
    [InlineData("/run/sysctl.d")]
    [InlineData("/usr/local/lib/sysctl.d")]
    [InlineData("/usr/lib/sysctl.d")]
    [InlineData("/lib/sysctl.d")]
    public void EveryDirectoryIsRead(string directory)
    {
        Put($"{directory}/50-x.conf", "net.ipv4.ip_forward = 0\n");
        Put($"{directory}/60-y.conf~", "net.ipv4.ip_forward = 1\n");
        Put($"{directory}/.70-z.conf", "net.ipv4.ip_forward = 1\n");
        Assert.Equal($"{directory}/50-x.conf:1", Undoing());
    }

    [Fact]
    public void ALinkToDevNullSwitchesAFileOff()
    {
        Put("/usr/lib/sysctl.d/50-x.conf", "net.ipv4.ip_forward = 0\n");
        Link("/etc/sysctl.d/50-x.conf", "/dev/null");
        Assert.Null(Undoing());
    }

    [Theory]
    [InlineData("../sysctl.conf")]
    [InlineData("/etc/sysctl.conf")]
    public void SysctlConfCountsUnderSystemdOnlyThroughALink(string target)
    {
        Directory.CreateDirectory($"{_root}/run/systemd/system");
        Put("/etc/sysctl.conf", "net.ipv4.ip_forward = 0\n");
        Assert.Null(Undoing());
        Link("/etc/sysctl.d/99-sysctl.conf", target);
        Assert.Equal("/etc/sysctl.d/99-sysctl.conf:1", Undoing());
    }

    [Fact]
    public void WithoutSystemdSysctlConfIsReadLast()
    {
        Put("/etc/sysctl.conf", "net.ipv4.ip_forward = 0\n");
        Put("/etc/sysctl.d/99-x.conf", "net.ipv4.ip_forward = 1\n");
        Assert.Equal("/etc/sysctl.conf:1", Undoing());
    }

    [Fact]
    public void WhatIsNoReadableTextHindersNothing()
    {
        Put("/etc/sysctl.d/10-good.conf", "net.ipv4.ip_forward = 0\n");
        Directory.CreateDirectory($"{_root}/etc/sysctl.d/20-directory.conf");
        Link("/etc/sysctl.d/30-dangling.conf", "nowhere");
        Link("/etc/sysctl.d/40-loop.conf", "40-loop.conf");
        File.WriteAllBytes($"{_root}/etc/sysctl.d/50-binary.conf", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]);
        Put("/etc/sysctl.d/60-huge.conf", new string('\n', 1024 * 1024) + "net.ipv4.ip_forward = 1\n");
        using (var fifo = Process.Start("mkfifo", [$"{_root}/etc/sysctl.d/70-pipe.conf"]))
        {
            fifo.WaitForExit();
        }

        File.WriteAllText($"{_root}/run", "not a directory");
        var files = new SysctlDirectories(_root).Read();
        Assert.Equal("/etc/sysctl.d/10-good.conf:1", files.Undoing(SysctlKey.Ipv4Forwarding, "1")?.Place);
        Assert.Equal(
            ["/etc/sysctl.d/20-directory.conf", "/etc/sysctl.d/30-dangling.conf", "/etc/sysctl.d/40-loop.conf", "/etc/sysctl.d/60-huge.conf"],
            files.Unread);
    }
}
