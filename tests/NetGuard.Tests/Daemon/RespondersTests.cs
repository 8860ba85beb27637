using NetGuard.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>The threads that answer on the processor where the program runs that must be answered.</summary>
public sealed class RespondersTests
{
    private const string Config = """
        backend: nft
        families: [ipv4]
        chains:
          FORWARD: { policy: DROP }
          OFFICE: { rules: [-p tcp --dport 22 -j RETURN, -i eth0 -j DROP] }
        """;

    [Fact]
    public async Task EachProcessorHasOneAndItRunsThereAlone()
    {
        Assert.SkipWhen(Environment.ProcessorCount > FirstAid.MostProcessors, "this machine has more processors than there are responders");
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        var processors = await Eventually(() => ProcessorsOfResponders(daemon.Pid), found => found.All(one => int.TryParse(one, out _)));
        Assert.Equal(Environment.ProcessorCount, processors.Distinct().Count());
        Assert.Equal(Environment.ProcessorCount, processors.Count);
    }

    // Whoever breaks runs where a responder does, and goes on only behind it. Under load it need not be so each time.
    [Fact]
    public async Task WhatIsBrokenIsBackBeforeTheProgramThatBrokeItHasEnded()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await host.Iptables("-D", "OFFICE", "1");
        await daemon.WaitForLine(line => line.Contains("repaired missing", StringComparison.Ordinal)); // Once: what is needed is in memory.
        var back = 0;
        for (var round = 0; round < 10; round++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            var shown = await host.Netns.Output("sh", ["-c", "iptables-nft -D OFFICE 1 && iptables-nft -S OFFICE"]);
            back += shown.Contains("--dport 22", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(back, 5, 10);
    }

    [Fact]
    public async Task WhatAStrangerAddsRightBeforeHeRemovesOneOfOursStays()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        for (var round = 0; round < 5; round++)
        {
            await host.Netns.Output("sh", ["-c", $"iptables-nft -I OFFICE 1 -p udp --dport {53 + round} -j ACCEPT; iptables-nft -D OFFICE -i eth0 -m comment --comment $(iptables-nft -S OFFICE | grep -o 'netguard:[^\"]*' | tail -1) -j DROP || :"]); // NetGuard may be just moving it.
            for (var end = DateTime.UtcNow + Programs.Patience; (await host.Netns.Netguard("diff", "--config", host.ConfigPath)).ExitCode != 0;)
            {
                Assert.True(DateTime.UtcNow < end, await host.Save());
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            var rules = await host.Save();
            Assert.All(Enumerable.Range(53, round + 1), port => Assert.Contains($"-p udp -m udp --dport {port} -j ACCEPT", rules, StringComparison.Ordinal));
        }
    }

    private static List<string> ProcessorsOfResponders(int pid) =>
    [
        .. Directory.EnumerateDirectories($"/proc/{pid}/task").Where(task => File.ReadAllText($"{task}/comm").Trim() == "responder")
            .Select(task => File.ReadLines($"{task}/status").Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[^1].Trim()),
    ];

    private static async Task<List<string>> Eventually(Func<List<string>> ask, Func<List<string>, bool> isSettled)
    {
        for (var end = DateTime.UtcNow + Programs.Patience; ;)
        {
            if (ask() is var found && (isSettled(found) || DateTime.UtcNow > end))
            {
                return found;
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
