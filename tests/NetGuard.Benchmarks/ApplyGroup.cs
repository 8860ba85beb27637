using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary><c>diff</c> and <c>apply</c> against the bare tools, with ever more rules of strangers around what is guarded.</summary>
internal static class ApplyGroup
{
    public static async Task<string> Measure(Bench bench)
    {
        var text = "";
        foreach (var backend in Enum.GetValues<Backend>())
        {
            var table = new MarkdownTable("rules", "what", "floor", "reconcile", "of floor", "whole process", "of floor");
            foreach (var size in bench.Sizes.Where(size => size is 100 or 10_000))
            {
                await Measure(bench, backend, size, table);
            }

            text += $"""
                ### A check and a repair among strangers' rules, iptables-{backend.Name()}

                {table}

                """;
        }

        return text + """
            The floor is one `iptables-save -t filter` and one `iptables-restore --noflush` that inserts one rule, run in turns with what is
            compared to it. The reconcile is what `apply --json` reports: read, repair, read back. The whole process is that and its own
            start, the configuration, and the scratch namespace in which the kernel judges the rules. The daemon pays for these once.

            """;
    }

    private static async Task Measure(Bench bench, Backend backend, int size, MarkdownTable table)
    {
        Bench.Say($"apply: iptables-{backend.Name()}, {Machine.Number(size)} rules of strangers");
        await using var host = await Host.Create(backend, size, GuardedConfig.DockerUser(backend));
        var (floor, diff) = (new Distribution(), new Distribution());
        var (sync, one, flush) = (new Repair(), new Repair(), new Repair());
        await host.Netns.Inside(() =>
        {
            bench.Run("apply", host.ConfigPath);
            for (var round = 0; round < bench.Rounds(size); round++)
            {
                bench.Cancel.ThrowIfCancellationRequested();
                floor.Add(host.Tools.LookAndInsert());
                diff.Add(bench.Run("diff", host.ConfigPath).Milliseconds);
                sync.Add(bench.Apply(host.ConfigPath, drifts: 0));
                host.Tools.Iptables("-D", "DOCKER-USER", "2");
                one.Add(bench.Apply(host.ConfigPath, drifts: 1));
                host.Tools.Iptables("-F", "DOCKER-USER");
                flush.Add(bench.Apply(host.ConfigPath, GuardedConfig.DockerUserRules));
            }

            return true;
        });
        table.Add(Machine.Number(size), "diff, in sync", $"{floor}", "", "", $"{diff}", diff.Ratio(floor));
        Row("apply, in sync", sync);
        Row("apply, one rule deleted", one);
        Row("apply, DOCKER-USER flushed", flush);

        void Row(string what, Repair repair) => table.Add(
            "", what, "", $"{repair.Reconcile}", repair.Reconcile.Ratio(floor), $"{repair.Whole}", repair.Whole.Ratio(floor));
    }

    private sealed class Repair
    {
        public Distribution Whole { get; } = new();

        public Distribution Reconcile { get; } = new();

        public void Add((double Whole, double Reconcile) took)
        {
            Whole.Add(took.Whole);
            Reconcile.Add(took.Reconcile);
        }
    }
}
