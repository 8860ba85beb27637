using System.Text;
using NetGuard.Core.Docker;
using Xunit;

namespace NetGuard.Core.Tests.Docker;

public class DockerdArgumentsTests
{
    [Theory]
    [InlineData("dockerd", null)]
    [InlineData("/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock", null)]
    [InlineData("/usr/bin/dockerd --icc", true)]
    [InlineData("/usr/bin/dockerd --icc=false", false)]
    [InlineData("/usr/bin/dockerd-ce --icc=F -D", false)]
    [InlineData("/usr/bin/dockerd --icc=0 --icc=1", true)]
    // An argument of its own is none of a flag's that needs no value.
    [InlineData("/usr/bin/dockerd --icc false", true)]
    [InlineData("/usr/bin/dockerd --icc=what", null)]
    [InlineData("/usr/bin/dockerd -icc=false --iccx=false", null)]
    [InlineData("/usr/bin/dockerd -- --icc=false", null)]
    public void IccIsReadAsDockerdReadsIt(string line, bool? icc) => Assert.Equal(icc, Read(line)!.Icc);

    [Theory]
    [InlineData("dockerd --config-file /a/b.json --icc=false", "/a/b.json")]
    [InlineData("dockerd --icc=false --config-file=/a/b=c.json", "/a/b=c.json")]
    [InlineData("dockerd --config-file", null)]
    [InlineData("dockerd --config-file=", "")]
    [InlineData("dockerd", null)]
    public void SoIsTheFile(string line, string? path) => Assert.Equal(path, Read(line)!.ConfigFile);

    [Theory]
    [InlineData("")]
    [InlineData("/usr/bin/podman system service --icc=false")]
    [InlineData("/usr/sbin/haproxy -f dockerd")]
    public void WhatIsNoDockerdIsNotAsked(string line) => Assert.Null(Read(line));

    private static DockerdArguments? Read(string line) => DockerdArguments.Read(Encoding.UTF8.GetBytes(line.Replace(' ', '\0') + '\0'));
}
