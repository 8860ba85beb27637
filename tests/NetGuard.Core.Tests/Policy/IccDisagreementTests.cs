using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.Tests.Config;
using Xunit;

namespace NetGuard.Core.Tests.Policy;

public class IccDisagreementTests
{
    private const string Path = DaemonIcc.DefaultPath;

    [Theory]
    // What runs, the command line, the file; what is said, and what status has of it.
    [InlineData("deny", true, null, null, $"allows it, by its default (neither dockerd's command line nor {Path} speaks of icc): NetGuard's rule comes first and denies it (\"icc\": false in {Path}, with a restart, would make Docker deny it, too)", "yes: default")]
    [InlineData("deny", true, null, true, $"allows it, by \"icc\": true in {Path}: NetGuard's rule comes first and denies it (\"icc\": false in {Path}, with a restart, would make Docker deny it, too)", "yes: daemon.json")]
    [InlineData("deny", true, true, null, "allows it, by --icc=true on dockerd's command line: NetGuard's rule comes first and denies it (dockerd --icc=false would make Docker deny it, too)", "yes: --icc=true")]
    [InlineData("allow", false, false, null, "denies it, by --icc=false on dockerd's command line: NetGuard's rule comes first and allows it (dockerd --icc=true would make Docker allow it, too)", "no: --icc=false")]
    [InlineData("allow", false, null, false, $"denies it, by \"icc\": false in {Path}: NetGuard's rule comes first and allows it (\"icc\": true in {Path}, with a restart, would make Docker allow it, too)", "no: daemon.json")]
    // The file was changed since Docker started.
    [InlineData("deny", true, null, false, $"allows it until it starts anew (then it is as \"icc\": false in {Path} has it): NetGuard's rule comes first and denies it (a restart of Docker would make Docker deny it, too)", "yes: until it starts anew")]
    public void TheWordsSayWhereDockerHasItFrom(string icc, bool own, bool? commandLine, bool? file, string words, string status)
    {
        var topology = Bridge(own, new(commandLine, Path, file, null));
        Assert.Equal([$"icc is {icc} on bridge (docker0), where Docker itself {words}"], Of($"icc: {icc}", topology));
        Assert.Equal(status, IccDisagreement.DockersOwn(topology.Networks[0], topology));
    }

    [Theory]
    [InlineData("deny", false, false, null)]
    [InlineData("deny", false, null, false)]
    [InlineData("allow", true, null, null)]
    [InlineData("unmanaged", true, null, false)]
    public void WhatAgreesIsNotSpokenOf(string icc, bool own, bool? commandLine, bool? file) =>
        Assert.Empty(Of($"icc: {icc}", Bridge(own, new(commandLine, Path, file, null))));

    [Fact]
    public void WhatWillDisagreeIsSaidBefore() => Assert.Equal(
        [$"icc is deny on bridge (docker0), and Docker itself has it so until it starts anew: then it allows it, by \"icc\": true in {Path}"],
        Of("icc: deny", Bridge(false, new(null, Path, true, null))));

    [Fact]
    public void AFileThatCannotBeJudgedIsNoFileThatSaysNothing()
    {
        var topology = Bridge(true, new(null, Path, null, "is no JSON"));
        Assert.Contains($"allows it, by its default or its file, which NetGuard cannot judge ({Path} is no JSON): NetGuard's rule", Of("icc: deny", topology).Single(), StringComparison.Ordinal);
        Assert.Equal("yes: dockerd's setting", IccDisagreement.DockersOwn(topology.Networks[0], topology));
        Assert.Empty(Of("icc: allow", topology));
    }

    [Fact]
    public void DockerDoesNotStartWithBoth() => Assert.Equal(
        [$"Docker does not start again as it is: icc is set by --icc on dockerd's command line and in {Path}, and it takes only one of them"],
        Of("icc: deny", Bridge(false, new(false, Path, false, null))));

    [Fact]
    public void DockerdSpeaksForTheDefaultBridgeAlone()
    {
        var topology = new Topology([new("1", "back", "br-1") { Icc = false }, new("2", "front", "br-2"), new("3", "bridge", "docker0") { Icc = true }], [])
        {
            Daemon = new(null, Path, false, null),
        };
        Assert.Equal(
            ["icc is allow on back (br-1), where Docker itself denies it, by the network's option com.docker.network.bridge.enable_icc=false: NetGuard's rule comes first and allows it "
                + "(docker network create -o com.docker.network.bridge.enable_icc=true would make Docker allow it, too)"],
            Of("{icc: allow, networks: {bridge: {icc: unmanaged}}}", topology));
        Assert.Equal(["no: its option enable_icc", "yes: default", "yes: until it starts anew"], topology.Networks.Select(n => IccDisagreement.DockersOwn(n, topology)));
    }

    [Fact]
    public void WithoutDockerdsWordTheEnginesCounts()
    {
        var topology = Bridge(true, null);
        Assert.Equal(
            ["icc is deny on bridge (docker0), where Docker itself allows it: NetGuard's rule comes first and denies it (\"icc\": false in /etc/docker/daemon.json, or dockerd --icc=false would make Docker deny it, too)"],
            Of("icc: deny", topology));
        Assert.Equal("yes: dockerd's setting", IccDisagreement.DockersOwn(topology.Networks[0], topology));
    }

    private static Topology Bridge(bool icc, DaemonIcc? daemon) => new([new("1", "bridge", "docker0") { Icc = icc }], []) { Daemon = daemon };

    private static IEnumerable<string> Of(string docker, Topology topology) => IccDisagreement.Of(ConfigText.Config($"docker: {(docker[0] == '{' ? docker : $"{{{docker}}}")}\n").Docker!, topology);
}
