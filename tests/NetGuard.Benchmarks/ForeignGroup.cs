using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>Other programs change their own chains, and NetGuard has nothing to do with it.</summary>
internal static class ForeignGroup
{
    private const string Chain = "STRANGERS-0";

    public static async Task<string> Measure(Bench bench)
    {
        var changes = bench.Quick ? 100 : 1_000;
        var table = new MarkdownTable("iptables-", "programs started", "goal", "CPU for all");
        foreach (var backend in Enum.GetValues<Backend>())
        {
            Bench.Say($"foreign: iptables-{backend.Name()}");
            await using var host = await Host.Create(backend, strangers: 1_000, GuardedConfig.DockerUser(backend, "1h"));
            await using var guard = await Guard.Start(bench, host);
            var (programs, processor) = await host.Netns.Inside(() =>
            {
                var (said, before) = (guard.Said, Clock.Processor(guard.Pid));
                for (var i = 0; i < changes; i++)
                {
                    bench.Cancel.ThrowIfCancellationRequested();
                    host.Tools.Iptables(i % 2 == 0 ? "-A" : "-D", Chain, "-s", "192.0.2.7", "-j", "DROP");
                }

                // Longer than anything that it puts off.
                Clock.Sleep(TimeSpan.FromMilliseconds(500));
                return (guard.Programs(said), Clock.Processor(guard.Pid) - before);
            });
            table.Add(backend.Name(), $"{programs}", "0", string.Create(CultureInfo.InvariantCulture, $"{processor.TotalMilliseconds:0} ms"));
            bench.Reach(new($"{Machine.Number(changes)} changes in unguarded chains, {backend.Name()}: programs started", "0", $"{programs}", programs == 0));
        }

        return $"""
            ### {Machine.Number(changes)} changes of strangers' in a chain of their own, 1,000 rules

            {table}

            """;
    }
}
