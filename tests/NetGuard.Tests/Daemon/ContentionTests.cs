using NetGuard.Core.Diff;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

public class ContentionTests
{
    private static readonly Drift Fought = new(DriftKind.Missing) { Family = Family.Ipv4, Chain = ChainKey.DockerUser, Rule = "r" };
    private static readonly Drift Other = Fought with { Chain = ChainKey.Forward };
    private static readonly TimeSpan Cost = TimeSpan.FromMilliseconds(5);

    private readonly ManualTime _time = new();
    private readonly Contention _contention;

    public ContentionTests() => _contention = new(_time);

    [Fact]
    public void AProgramThatReactsIsWaitedForEverLongerUpToTheCeiling()
    {
        var waits = Enumerable.Range(0, 20).Select(_ => Round(TimeSpan.FromMilliseconds(1))).ToList();
        Assert.All(waits.Take(Contention.Threshold - 1), wait => Assert.Equal(TimeSpan.Zero, wait));
        Assert.Equal([50, 100, 200, 400], waits.Skip(Contention.Threshold - 1).Take(4).Select(wait => wait.TotalMilliseconds));
        Assert.Equal(Contention.Ceiling, waits[^1]);
        Assert.Equal(TimeSpan.Zero, _contention.WaitFor(Contended.Of(Other)));
    }

    [Fact]
    public void WhatIsUndoneInAPersonsPaceIsToldOfAndNotSlowedDown()
    {
        var waits = Enumerable.Range(0, 50).Select(_ => Round(TimeSpan.FromSeconds(2))).ToList();
        Assert.All(waits, wait => Assert.Equal(TimeSpan.Zero, wait));
        Assert.False(_contention.IsOldNews(Fought, "iptables"));
        Assert.True(_contention.IsOldNews(Fought, "iptables"));

        // Another program, or another rule, is told of.
        Assert.False(_contention.IsOldNews(Fought, "nft"));
        Assert.False(_contention.IsOldNews(Fought with { Rule = "another" }, "iptables"));
    }

    [Fact]
    public void ADearRepairNeedsMoreRest()
    {
        var waits = Enumerable.Range(0, 10).Select(_ => Round(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1))).ToList();
        Assert.True(waits[^1] > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void WhenTheProgramSlowsDownSpeedComesBackStepByStep()
    {
        for (var i = 0; i < 20; i++)
        {
            Round(TimeSpan.FromMilliseconds(1));
        }

        var waits = Enumerable.Range(0, 17).Select(_ => Round(TimeSpan.FromSeconds(6))).ToList();
        Assert.Equal(waits.OrderDescending(), waits);
        Assert.Equal(TimeSpan.Zero, waits[^1]);
    }

    [Fact]
    public void WhatIsLeftAloneIsForgotten()
    {
        for (var i = 0; i < 20; i++)
        {
            Round(TimeSpan.FromMilliseconds(1));
        }

        Assert.Empty(_contention.Quieten());
        _time.Pass(Contention.Memory);
        Assert.True(Assert.Single(_contention.Quieten()).IsOver);
        Assert.Equal(TimeSpan.Zero, _contention.WaitFor(Contended.Of(Fought)));
        Assert.False(_contention.IsOldNews(Fought, "iptables"));
        Assert.Empty(_contention.Fought);
    }

    [Fact]
    public async Task AProgramThatUndoesEveryRepairIsNamedOnceAndSlowedDownAndOtherChainsAreNot()
    {
        await using var host = await GuardedNetns.Create("interval: 1h\nfamilies: [ipv4]\nbackend: nft\nchains:\n  DOCKER-USER:\n    rules: [ { name: fought, rule: -i eth0 -j DROP } ]\n  MINE:\n    rules: [ { name: calm, rule: -i eth1 -j DROP } ]\n");
        await using var daemon = host.Netns.Start(NetguardBinary.Path, ["daemon", "--debug", "--config", host.ConfigPath], isAskedFirst: true);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        await using var fighter = host.Netns.Start("sh", ["-c", "while :; do iptables-nft -F DOCKER-USER; done"]);
        var alert = await daemon.WaitForLine(line => line.Contains("contention: ipv4 DOCKER-USER", StringComparison.Ordinal));
        Assert.Contains("; by ", alert, StringComparison.Ordinal);
        Assert.Contains("iptables", alert, StringComparison.Ordinal);
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);

        // The waits come to 50 + 100 + 200 + ... milliseconds: seven of them take six seconds.
        Assert.True(Repairs(daemon) < 25, $"{Repairs(daemon)} repairs");
        Assert.Single(daemon.Lines, line => line.Text.Contains("contention: ", StringComparison.Ordinal));
        Assert.True(daemon.Lines.Count(line => line.Text.Contains("repaired missing: ipv4 DOCKER-USER", StringComparison.Ordinal)) <= Contention.Threshold);
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("repair failed", StringComparison.Ordinal));

        // Meanwhile another chain is put right without waiting for the fight's turn.
        var said = daemon.Lines.Count;
        await host.Iptables("-F", "MINE");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 MINE calm", StringComparison.Ordinal), said);

        // When it ends, the last round is put right, and after a quiet while all is as if nothing had been.
        await fighter.DisposeAsync();
        await daemon.WaitForRules(host, "netguard:fought");
        await Task.Delay(Contention.Memory + TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        said = daemon.Lines.Count;
        await host.Iptables("-F", "DOCKER-USER");
        var repaired = await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER fought", StringComparison.Ordinal), said);
        Assert.Contains("; by iptables-nft --wait -F DOCKER-USER", repaired, StringComparison.Ordinal);
        Assert.Contains(daemon.Lines, line => line.Text.Contains("contention over: ipv4 DOCKER-USER", StringComparison.Ordinal));
    }

    // Undone so long after its last repair, and repaired when it may be.
    private TimeSpan Round(TimeSpan peace, TimeSpan? cost = null)
    {
        _time.Pass(peace);
        var undone = _time.GetTimestamp();
        _time.Pass(_contention.WaitFor(Contended.Of(Fought)));
        _contention.Repaired([Fought], cost ?? Cost, _ => undone);
        return _contention.WaitFor(Contended.Of(Fought));
    }

    private static int Repairs(RunningProgram daemon) =>
        daemon.Lines.Count(line => line.Text.Contains("answered", StringComparison.Ordinal) && !line.Text.Contains(" 0 programs", StringComparison.Ordinal));
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
