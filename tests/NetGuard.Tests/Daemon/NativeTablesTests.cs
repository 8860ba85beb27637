using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>What nft can do to iptables' tables and iptables' own tools do not show: for the daemon and for the commands.</summary>
public class NativeTablesTests
{
    private const string Config = """
        interval: 1h
        backend: nft
        families: [ipv4]
        chains:
          FORWARD: { policy: DROP }
          DOCKER-USER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
        """;

    private const string Asleep = "add table ip filter { flags dormant; }";

    [Fact]
    public async Task ATableThatIsPutToSleepIsWoken()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await Nft(host, Asleep);
        var line = await daemon.WaitForLine(line => line.Contains("repaired unreachable: ipv4 table filter: the table is dormant", StringComparison.Ordinal));
        Assert.Contains("nft", line, StringComparison.Ordinal);
        Assert.DoesNotContain("dormant", await Nft(host, "list table ip filter"), StringComparison.Ordinal);

        // Together with other mishaps, and by the tools where the bytes do not do.
        var said = daemon.Lines.Count;
        await Nft(host, $"flush ruleset\n{Asleep}");
        await daemon.WaitForLine(line => line.Contains("repaired chain-missing: ipv4 DOCKER-USER", StringComparison.Ordinal));
        await daemon.WaitForLine(line => line.Contains("repaired unreachable: ipv4 table filter", StringComparison.Ordinal), said);
        Assert.DoesNotContain("dormant", await Nft(host, "list table ip filter"), StringComparison.Ordinal);
        Assert.Equal(0, (await host.Netns.Netguard("diff", "--config", host.ConfigPath)).ExitCode);
    }

    [Fact]
    public async Task ATableThatSleepsIsWokenByTheDaemonThatStarts()
    {
        await using var host = await GuardedNetns.Create(Config);
        await Nft(host, Asleep);
        await using var daemon = await host.Guard();
        Assert.Contains(daemon.Lines, line => line.Text.Contains("repaired unreachable: ipv4 table filter", StringComparison.Ordinal));
        Assert.DoesNotContain("dormant", await Nft(host, "list table ip filter"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DiffTellsOfASleepingTableAndApplyWakesItAndATrialPutsItToSleepAgain()
    {
        await using var host = await GuardedNetns.Create(Config);
        (await host.Netns.Netguard("apply", "--config", host.ConfigPath)).Succeeded();
        await Nft(host, Asleep);
        var diff = await host.Netns.Netguard("diff", "--config", host.ConfigPath);
        Assert.Equal(2, diff.ExitCode);
        Assert.Contains("unreachable  ipv4    table filter", diff.Output, StringComparison.Ordinal);
        Assert.Contains("nft 'add table ip filter'", diff.Output, StringComparison.Ordinal);

        var trial = await host.Netns.Netguard("apply", "--config", host.ConfigPath, "--confirm", "1s");
        Assert.Contains("taken back: 1 changes", trial.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("dormant", await Nft(host, "list table ip filter"), StringComparison.Ordinal);

        (await host.Netns.Netguard("apply", "--config", host.ConfigPath)).Succeeded();
        Assert.DoesNotContain("dormant", await Nft(host, "list table ip filter"), StringComparison.Ordinal);
        Assert.Equal(0, (await host.Netns.Netguard("diff", "--config", host.ConfigPath)).ExitCode);

        // The plan as a person would type it does the same.
        await Nft(host, Asleep);
        await Nft(host, "add table ip filter");
        Assert.Equal(0, (await host.Netns.Netguard("diff", "--config", host.ConfigPath)).ExitCode);
    }

    [Theory]
    [InlineData("{ type filter hook input priority 0; }", "type filter hook input priority 0")]
    [InlineData("{ type filter hook forward priority 10; }", "type filter hook forward priority 10")]
    [InlineData("", "without a hook")]
    public async Task AChainOfAnotherKindIsToldOfAndNeverTouched(string kind, string told)
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await Nft(host, $"flush ruleset\nadd table ip filter\nadd chain ip filter FORWARD {kind}");
        await daemon.WaitForLine(line => line.Contains("drift unreadable: ipv4 FORWARD", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal));
        await daemon.WaitForLine(line => line.Contains("repaired chain-missing: ipv4 DOCKER-USER", StringComparison.Ordinal) || line.Contains("repair failed", StringComparison.Ordinal));
        foreach (var command in new[] { "diff", "apply" })
        {
            var result = await host.Netns.Netguard(command, "--config", host.ConfigPath);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(told, result.Output, StringComparison.Ordinal);
        }

        var forward = await Nft(host, "list chain ip filter FORWARD");
        Assert.DoesNotContain("drop", forward, StringComparison.Ordinal);
        Assert.DoesNotContain("jump", forward, StringComparison.Ordinal);

        // What it says is what helps.
        await Nft(host, "delete chain ip filter FORWARD");
        await daemon.WaitForLine(line => line.Contains("in sync again", StringComparison.Ordinal));
        Assert.Contains("-P FORWARD DROP", await host.Iptables("-S"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOwnChainThatIsOfAnotherKindKeepsNothingElseFromBeingRepaired()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var said = daemon.Lines.Count;
        await Nft(host, "flush ruleset\nadd table ip filter\nadd chain ip filter DOCKER-USER { type filter hook forward priority 5; }");
        await daemon.WaitForLine(line => line.Contains("drift unreadable: ipv4 DOCKER-USER: nft has put it at a hook (type filter hook forward priority 5)", StringComparison.Ordinal));
        await daemon.WaitForLine(line => line.Contains("repaired policy: ipv4 FORWARD", StringComparison.Ordinal) || line.Contains("failed", StringComparison.Ordinal), said);
        Assert.DoesNotContain(daemon.Lines, line => line.Text.Contains("failed", StringComparison.Ordinal));
        Assert.Contains("-P FORWARD DROP", await host.Iptables("-S", "FORWARD"), StringComparison.Ordinal);
        await Nft(host, "delete chain ip filter DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("in sync again", StringComparison.Ordinal), said);
        Assert.Contains("-A FORWARD -m comment --comment \"netguard:reach-DOCKER-USER\" -j DOCKER-USER", await host.Save(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATableThatBelongsToAProcessIsNamedAsTheReason()
    {
        await using var host = await GuardedNetns.Create(Config);
        // Until its input ends, and with it the socket that the table belongs to.
        await using var owner = host.Netns.Start("sh", ["-c", "{ echo 'add table ip filter { flags owner; }'; sleep 300; } | nft -i"]);
        while (!(await Nft(host, "list ruleset")).Contains("owner", StringComparison.Ordinal))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var apply = await host.Netns.Netguard("apply", "--config", host.ConfigPath);
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains("the table filter belongs to a process", apply.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANativeRuleWithASetIsNoSubstituteForTheDeclaredOneNeitherForTheCommands()
    {
        await using var host = await GuardedNetns.Create("interval: 1h\nbackend: nft\nfamilies: [ipv4]\nchains:\n  FORWARD: { rules: [ -j DROP ] }\n");
        await Nft(host, "add table ip filter\nadd chain ip filter FORWARD { type filter hook forward priority 0; }\nadd rule ip filter FORWARD ip saddr { 1.1.1.1, 2.2.2.2 } counter drop");
        Assert.Contains("-A FORWARD -j DROP", await host.Save(), StringComparison.Ordinal);
        foreach (var command in new[] { "diff", "apply" })
        {
            var result = await host.Netns.Netguard(command, "--config", host.ConfigPath);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("with a set", result.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("netguard:", await Nft(host, "list ruleset"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASnapshotSaysWhatIptablesDoesNot()
    {
        await using var host = await GuardedNetns.Create(Config);
        await Nft(host, "add table ip filter { flags dormant; }\nadd chain ip filter FORWARD { type filter hook input priority 0; }\nadd chain ip filter DOCKER-USER\nadd table ip6 filter\n"
            + "add chain ip6 filter FORWARD { type filter hook forward priority 0; }\nadd rule ip6 filter FORWARD ip6 saddr { ::1, ::2 } drop");
        var snapshot = (await host.Netns.Netguard("snapshot")).Succeeded().Output;
        Assert.Contains("ipv4 filter: that the table is dormant", snapshot, StringComparison.Ordinal);
        Assert.Contains("ipv4 FORWARD: nft has put it at another place", snapshot, StringComparison.Ordinal);
        Assert.Contains("ipv6 filter: it holds a native nftables rule with a set", snapshot, StringComparison.Ordinal);
        Assert.DoesNotContain("\n  FORWARD:", snapshot, StringComparison.Ordinal);
    }

    private static Task<string> Nft(GuardedNetns host, string commands) => host.Netns.Output("nft", ["-f", "-"], commands + "\n");
}
