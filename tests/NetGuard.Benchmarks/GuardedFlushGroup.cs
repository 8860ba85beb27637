using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>All of a long guarded chain gone, and put back by the daemon.</summary>
internal static class GuardedFlushGroup
{
    private const double Limit = 1.3;

    public static async Task<string> Measure(Bench bench)
    {
        var table = new MarkdownTable("iptables-", "bare iptables-restore", "drift to repaired", "of bare", "goal", "commits");
        var rounds = bench.Quick ? 2 : 20;
        foreach (var backend in Enum.GetValues<Backend>())
        {
            Bench.Say($"flush: iptables-{backend.Name()}, {Machine.Number(Bench.Many)} guarded rules");
            await using var alone = await Host.Create(backend, strangers: 100, GuardedConfig.Many(backend, Bench.Many));
            await using var host = await Host.Create(backend, strangers: 100, GuardedConfig.Many(backend, Bench.Many, "1h"));
            await using var guard = await Guard.Start(bench, host);
            var (bare, repaired, commits) = (new Distribution(), new Distribution(), 0);
            await host.Netns.Inside(() =>
            {
                using var here = File.OpenHandle(host.Netns.Path, share: FileShare.ReadWrite);
                using var there = File.OpenHandle(alone.Netns.Path, share: FileShare.ReadWrite);
                using IWitness witness = backend == Backend.Nft ? new CommitWitness(GuardedConfig.ManyChain) : new LegacyWitness();
                var text = Guarded(host.Tools.Save());
                Libc.EnterNetwork(there);
                alone.Tools.Iptables("-N", GuardedConfig.ManyChain);
                for (var round = 0; round < rounds; round++)
                {
                    bench.Cancel.ThrowIfCancellationRequested();
                    Libc.EnterNetwork(there);
                    bare.Add(alone.Tools.Restore(text));
                    alone.Tools.Iptables("-F", GuardedConfig.ManyChain);
                    Libc.EnterNetwork(here);
                    var took = guard.Break(GuardedConfig.ManyChain, witness, () => host.Tools.Iptables("-F", GuardedConfig.ManyChain));
                    repaired.Add(took.Milliseconds);
                    commits = Math.Max(commits, took.Commits);
                }

                return Guarded(host.Tools.Save()) == text ? true : throw new InvalidOperationException("not all rules are back");
            });
            table.Add(backend.Name(), $"{bare}", $"{repaired}", repaired.Ratio(bare), $"{Limit} x", backend == Backend.Nft ? $"{commits}" : "");
            bench.Reach(new(
                $"{Machine.Number(Bench.Many)} guarded rules flushed, {backend.Name()}: median", string.Create(CultureInfo.InvariantCulture, $"{Limit} x bare restore"),
                string.Create(CultureInfo.InvariantCulture, $"{repaired.Ratio(bare)} ({repaired.Median:0} ms)"), repaired.Median <= Limit * bare.Median));
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### {Machine.Number(Bench.Many)} guarded rules flushed, until all are back ({rounds} rounds)

            {table}
            Bare is `iptables-restore --noflush` with the same rules, its process from start to end, in turns, in a namespace without a daemon. The
            repair is timed as above: from the commit that flushed to the last one that mended.

            """);
    }

    private static string Guarded(string save) =>
        Tools.Text(save.Split('\n').Where(line => line.StartsWith($"-A {GuardedConfig.ManyChain} ", StringComparison.Ordinal)));
}
