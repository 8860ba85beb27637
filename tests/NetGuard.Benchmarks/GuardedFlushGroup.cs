using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>All of a long guarded chain gone and back.</summary>
internal static class GuardedFlushGroup
{
    public static async Task<string> Measure(Bench bench)
    {
        var table = new MarkdownTable("iptables-", "bare iptables-restore", "reconcile", "of bare", "goal", "whole process", "of bare");
        var rounds = bench.Quick ? 2 : 20;
        foreach (var backend in Enum.GetValues<Backend>())
        {
            Bench.Say($"flush: iptables-{backend.Name()}, {Machine.Number(Bench.Many)} guarded rules");
            await using var host = await Host.Create(backend, strangers: 100, GuardedConfig.Many(backend, Bench.Many));
            var (bare, whole, reconcile) = (new Distribution(), new Distribution(), new Distribution());
            await host.Netns.Inside(() =>
            {
                bench.Run("apply", host.ConfigPath);
                var text = Tools.Text(host.Tools.Save().Split('\n').Where(IsGuarded));
                for (var round = 0; round < rounds; round++)
                {
                    bench.Cancel.ThrowIfCancellationRequested();
                    host.Tools.Iptables("-F", GuardedConfig.ManyChain);
                    bare.Add(host.Tools.Restore(text));
                    host.Tools.Iptables("-F", GuardedConfig.ManyChain);
                    var took = bench.Apply(host.ConfigPath, Bench.Many);
                    whole.Add(took.Whole);
                    reconcile.Add(took.Reconcile);
                }

                return true;
            });
            table.Add(backend.Name(), $"{bare}", $"{reconcile}", reconcile.Ratio(bare), "1.3 x", $"{whole}", whole.Ratio(bare));
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### {Machine.Number(Bench.Many)} guarded rules flushed, until all are back ({rounds} rounds)

            {table}
            Bare is `iptables-restore --noflush` with the same rules, in turns. The reconcile reads before and reads back behind it.

            """);
    }

    private static bool IsGuarded(string line) => line.StartsWith($"-A {GuardedConfig.ManyChain} ", StringComparison.Ordinal);
}
