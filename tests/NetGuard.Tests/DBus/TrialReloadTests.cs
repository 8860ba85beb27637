using Xunit;

namespace NetGuard.Tests.DBus;

/// <summary><c>reload --confirm</c>: what nobody confirms, the running daemon takes back by itself.</summary>
public class TrialReloadTests
{
    private const string Next = """
        interval: 1h
        families: [ipv4]
        forwarding: { ipv4: on }
        chains:
          FORWARD: { policy: DROP }
          OWN: { rules: [ { name: inner, rule: -j RETURN } ] }
          DOCKER-USER:
            rules:
              - { name: web, rule: -p tcp --dport 80 -j DROP }
        """;

    [Fact]
    public async Task WhatIsNotConfirmedIsTakenBackAndTheFormerConfigurationIsGuardedAgain()
    {
        await using var host = await ControlledNetns.Create();
        var before = await host.Host.Save();
        var said = host.Daemon.Lines.Count;
        host.Host.Declare(Next);
        Assert.StartsWith("on trial: ", (await host.Netguard("reload", "--confirm", "5s")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("netguard:web", await host.Host.Save(), StringComparison.Ordinal);

        // It is guarded like any other.
        await host.Flush();
        await host.Says("repaired missing: ipv4 DOCKER-USER web", said);
        await host.Host.Iptables("-A", "FORWARD", "-i", "theirs0", "-j", "ACCEPT");
        await host.Says("the former one is in force again, ", said);
        await host.Host.Iptables("-D", "FORWARD", "-i", "theirs0", "-j", "ACCEPT");
        Assert.Equal(Rules(before), Rules(await Settled(host, before)));

        said = host.Daemon.Lines.Count;
        await host.Flush();
        await host.Says("repaired missing: ipv4 DOCKER-USER only-8.8.8.8", said);
    }

    [Fact]
    public async Task WhatIsConfirmedStaysAndARefusalIsFollowedAtOnce()
    {
        await using var host = await ControlledNetns.Create();
        host.Host.Declare(Next);
        (await host.Netguard("reload", "--confirm", "10m")).Succeeded();
        Assert.Contains("a configuration is on trial already", (await host.Netguard("reload", "--confirm", "10m")).Errors, StringComparison.Ordinal);
        Assert.Contains("a configuration is on trial already", (await host.Netguard("reload")).Errors, StringComparison.Ordinal);
        Assert.Equal("taken back\n", (await host.Netguard("confirm", "--rollback")).Succeeded().Output);
        Assert.DoesNotContain("netguard:web", await host.Host.Save(), StringComparison.Ordinal);
        Assert.Contains("netguard:only-8.8.8.8", await host.Host.Save(), StringComparison.Ordinal);
        Assert.Equal("0", await host.Host.Netns.Sysctl("net.ipv4.ip_forward"));

        (await host.Netguard("reload", "--confirm", "10m")).Succeeded();
        Assert.Equal("confirmed\n", (await host.Netguard("confirm")).Succeeded().Output);
        Assert.Contains("nothing is on trial", (await host.Netguard("confirm")).Errors, StringComparison.Ordinal);
        Assert.Contains("netguard:web", await host.Host.Save(), StringComparison.Ordinal);
        (await host.Netguard("reload")).Succeeded();
    }

    [Fact]
    public async Task ADaemonThatStopsTakesBackWhatNobodyCouldConfirmAnyMore()
    {
        await using var host = await ControlledNetns.Create();
        var before = await host.Host.Save();
        host.Host.Declare(Next);
        (await host.Netguard("reload", "--confirm", "10m")).Succeeded();
        Assert.Equal(0, await host.Daemon.Stop());
        Assert.Equal(Rules(before), Rules(await host.Host.Save()));
    }

    [Fact]
    public async Task NobodyButRootDecides()
    {
        await using var host = await ControlledNetns.Create();
        await using var nobody = await RawCaller.Connect(host.Bus, ControlledNetns.Nobody);
        foreach (var method in (string[])["Confirm", "RollBack"])
        {
            Assert.NotNull((await nobody.Ask(method)).Error);
        }

        await using var root = await RawCaller.Connect(host.Bus, 0);
        Assert.Equal("org.netguard.NetGuard1.Error.Failed", (await root.Ask("Confirm")).Error);
    }

    private static async Task<string> Settled(ControlledNetns host, string expected)
    {
        var world = await host.Host.Save();
        for (var i = 0; i < 150 && Rules(world) != Rules(expected); i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            world = await host.Host.Save();
        }

        return world;
    }

    private static string Rules(string save) => string.Join('\n', save.Split('\n').Where(line => !line.StartsWith('#')).Select(line => line.Split(" [")[0]));
}
