using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.TestBed;

public class NetnsTests
{
    private const string Layout = "docker-20.10-icc-false-link.rules";

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task ALayoutReadsBackAsItWasLoaded(Backend backend)
    {
        await using var netns = await Netns.Create();
        await netns.LoadLayout(backend, Family.Ipv4, Layout);
        var loaded = await File.ReadAllTextAsync(Netns.LayoutPath(Layout), TestContext.Current.CancellationToken);
        var saved = await netns.Save(backend, Family.Ipv4);
        Assert.Equal(Tables(loaded), Tables(saved));
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task Ipv6HasItsOwnRules(Backend backend)
    {
        await using var netns = await Netns.Create();
        await netns.Restore(backend, Family.Ipv6, "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 2001:db8::8/128 -j ACCEPT\nCOMMIT\n");
        Assert.Contains("-A FORWARD -s 2001:db8::8/128 -j ACCEPT\n", await netns.Save(backend, Family.Ipv6), StringComparison.Ordinal);
        Assert.DoesNotContain("-A FORWARD", await netns.Save(backend, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheBackendsDoNotSeeEachOther()
    {
        await using var netns = await Netns.Create();
        await netns.Iptables(Backend.Legacy, Family.Ipv4, "-A", "FORWARD", "-i", "eth0", "-j", "DROP");
        Assert.DoesNotContain("eth0", await netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
        Assert.Contains("[0:0] -A FORWARD -i eth0 -j DROP", await netns.Save(Backend.Legacy, Family.Ipv4, counters: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANamespaceAndItsProgramsAreGoneAfterwards()
    {
        RunningProgram program;
        string path;
        await using (var netns = await Netns.Create())
        {
            path = netns.Path;
            Assert.True(File.Exists(path));
            program = netns.Start("sleep", ["600"]);
            Assert.True(Directory.Exists($"/proc/{program.Pid}"));
        }
        Assert.False(File.Exists(path));
        Assert.False(Directory.Exists($"/proc/{program.Pid}"));
    }

    [Fact]
    public async Task WhatAKilledRunLeftIsRemovedByTheNext()
    {
        // A pid that was a process's and is no longer.
        var ended = Programs.Start("true", []);
        await ended.WaitForExitAsync(TestContext.Current.CancellationToken);
        var name = $"{Leftovers.NetnsPrefix}{ended.Id}-1";
        (await Programs.Run("ip", ["netns", "add", name])).Succeeded();
        var daemon = Programs.Start("nsenter", [$"--net={Leftovers.NetnsFolder}/{name}", "--", "sleep", "600"]);
        await using var mine = await Netns.Create();
        await Leftovers.Remove();
        await daemon.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists($"{Leftovers.NetnsFolder}/{name}"));
        Assert.True(File.Exists(mine.Path));
    }

    [Fact]
    public async Task SettingsAreTheNamespacesOwn()
    {
        await using var one = await Netns.Create();
        await using var other = await Netns.Create();
        await one.AddBridge("docker0");
        await one.SetSysctl("net.ipv4.conf.docker0.forwarding", "1");
        await one.SetSysctl("net.ipv4.ip_forward", "1");
        Assert.Equal("1\n", await one.Output("sysctl", ["-n", "net.ipv4.ip_forward"]));
        Assert.Equal("0", await other.Sysctl("net.ipv4.ip_forward"));
        Assert.Null(await other.Sysctl("net.ipv4.conf.docker0.forwarding"));
        await Assert.ThrowsAnyAsync<IOException>(() => other.SetSysctl("net.ipv4.conf.docker0.forwarding", "1"));
    }

    [Fact]
    public async Task ARunningProgramIsHeardAndSignalled()
    {
        await using var netns = await Netns.Create();
        const string script = "trap 'echo reloaded >&2' HUP; trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done";
        await using var program = netns.Start("sh", ["-c", script]);
        await program.WaitForLine(line => line == "up");
        program.Send(Signal.Hangup);
        await program.WaitForLine(line => line == "reloaded");
        Assert.Equal(7, await program.Stop());
        Assert.Equal([new("up", false), new("reloaded", true), new("bye", false)], program.Lines);
        await Assert.ThrowsAsync<InvalidOperationException>(() => program.WaitForLine(line => line == "never"));
    }

    [Fact]
    public async Task AProgramThatHangsIsKilled()
    {
        await using var netns = await Netns.Create();
        await Assert.ThrowsAsync<TimeoutException>(() => netns.Run("sleep", ["600"], timeout: TimeSpan.FromMilliseconds(200)));
        Assert.Equal("", (await Programs.Run("ip", ["netns", "pids", netns.Name])).Output);
    }

    [Fact]
    public void OnlyRootCanReplaceAConfiguration()
    {
        string path;
        using (var folder = new ConfigDir())
        {
            path = folder.Write("conf.d/10-more.yaml", "mode: audit\n");
            Assert.Equal("mode: audit\n", File.ReadAllText(path));
            for (var above = path; above is not null; above = Path.GetDirectoryName(above))
            {
                Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(above) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
            }
        }
        Assert.False(File.Exists(path));
    }

    /// <summary>Each table's lines; the variants print the tables, and nft the chains, in orders of their own.</summary>
    private static SortedDictionary<string, string[]> Tables(string saved) =>
        new(saved.Split("COMMIT\n").Where(part => part.Contains('*')).ToDictionary(
            part => part[part.IndexOf('*')..part.IndexOf('\n', part.IndexOf('*'))],
            part => part.Split('\n').Where(line => line is [':' or '-', ..]).OrderBy(line => line[0] == '-').ToArray()));
}
