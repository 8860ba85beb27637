using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class ContentionTests
{
    [Fact]
    public async Task AProgramThatUndoesEveryRepairIsNamedOnceAndSlowedDownAndOtherChainsAreNot()
    {
        await using var host = await GuardedNetns.Create("interval: 1h\nfamilies: [ipv4]\nbackend: nft\nchains:\n  DOCKER-USER:\n    rules: [ { name: fought, rule: -i eth0 -j DROP } ]\n  MINE:\n    rules: [ { name: calm, rule: -i eth1 -j DROP } ]\n");
        await using var daemon = await host.Guard();
        await using var fighter = host.Netns.Start("sh", ["-c", "while :; do iptables-nft -F DOCKER-USER; sleep 0.01; done"]);
        var alert = await daemon.WaitForLine(line => line.Contains("contention: ipv4 DOCKER-USER", StringComparison.Ordinal));
        Assert.Contains("; by ", alert, StringComparison.Ordinal);
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.True(daemon.Lines.Count(line => line.Text.Contains("fought", StringComparison.Ordinal)) < 25);
        Assert.Single(daemon.Lines, line => line.Text.Contains("contention: ", StringComparison.Ordinal));

        await fighter.DisposeAsync();
        await daemon.WaitForRules(host, "netguard:fought");
        var said = daemon.Lines.Count;
        await host.Iptables("-F", "MINE");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 MINE calm", StringComparison.Ordinal), said);
    }
}

internal static class DaemonWaiting
{
    /// <summary>Waits until a text is among the rules.</summary>
    public static async Task WaitForRules(this RunningProgram daemon, GuardedNetns host, string text)
    {
        for (var i = 0; i < 200 && !daemon.HasExited; i++)
        {
            if ((await host.Save()).Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"{text} did not come back\n{string.Join('\n', daemon.Lines.Select(line => line.Text))}");
    }
}
