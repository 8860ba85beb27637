using System.Text;
using NetGuard.Core.Attribution;
using Xunit;

namespace NetGuard.Core.Tests.Attribution;

public class AuthorshipTests
{
    private static readonly ProcessSighting Dockerd = Process(20, "dockerd", 1);

    [Fact]
    public void IptablesOfDockersOwnIsDockers() =>
        Assert.Equal(Author.Docker, Authorship.Of(30, "iptables"u8, [Process(30, "iptables", 20), Dockerd], 100));

    [Fact]
    public void DockerdItselfIsDocker() => Assert.Equal(Author.Docker, Authorship.Of(20, "dockerd"u8, [], 100));

    [Fact]
    public void AScriptBetweenMakesAStranger() =>
        Assert.Equal(Author.Stranger, Authorship.Of(30, "iptables"u8, [Process(30, "iptables", 25), Process(25, "sh", 20), Dockerd], 100));

    [Theory]
    [InlineData("nft")]
    [InlineData("firewalld")]
    public void WhatDockerDoesNotStartIsAStrangerEvenWhenItIsGone(string name) =>
        Assert.Equal(Author.Stranger, Authorship.Of(30, Encoding.UTF8.GetBytes(name), [], 100));

    [Fact]
    public void IptablesOfTheFirstProcessIsAStrangers() =>
        Assert.Equal(Author.Stranger, Authorship.Of(30, "iptables"u8, [Process(30, "iptables", 1)], 100));

    [Fact]
    public void IptablesThatIsGoneMayBeAnybodys()
    {
        Assert.Equal(Author.Unknown, Authorship.Of(30, "iptables"u8, [], 100));
        Assert.Equal(Author.Unknown, Authorship.Of(0, [], [], 100));

        // Its parent was gone, too, when it was looked for.
        Assert.Equal(Author.Unknown, Authorship.Of(30, "iptables"u8, [Process(30, "iptables", 25)], 100));

        // The number is another process's by now.
        Assert.Equal(Author.Unknown, Authorship.Of(30, "iptables"u8, [Process(30, "bash", 20), Dockerd], 100));
        Assert.Equal(Author.Unknown, Authorship.Of(30, "iptables"u8, [Process(30, "iptables", 20, 500), Dockerd], 100));
    }

    private static ProcessSighting Process(int pid, string name, int parent, long start = 50) =>
        new(pid, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes($"{pid} ({name}) S {parent} 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 {start} 1 1"), []);
}
