using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>How often the daemon can still tell who it was: each run is short, and breaks one thing.</summary>
internal static class AttributionGroup
{
    // Each thing is broken so rarely that no fight is told of, whose rounds have no lines.
    private const int Bridges = 125;

    public static async Task<string> Measure(Bench bench)
    {
        var runs = bench.Quick ? 25 : 500;
        var table = new MarkdownTable("who", "runs", "with command line", "by name", "unknown", "wrong");
        foreach (var backend in Enum.GetValues<Backend>())
        {
            await using var host = await Host.Create(backend, strangers: 20, Chains(backend, runs));
            await using var guard = await Guard.Start(bench, host);
            var program = $"iptables-{backend.Name()}";
            table.Add(await Play(bench, host, guard, $"{program}, from a long-lived parent", runs, i => (program, ["--wait", "-F", $"M{i}"]), i => $"ipv4 M{i} ", i => $"-F M{i}"));
            table.Add(await Play(bench, host, guard, $"{program}, from a short script", runs, i => ("sh", ["-c", $"{program} --wait -F M{i}; exit 0"]), i => $"ipv4 M{i} ", i => $"-F M{i}"));
        }

        await using var bridged = await Host.Create(Backend.Nft, strangers: 20, Interfaces(runs));
        await bridged.Netns.Ip(Enumerable.Range(0, Math.Min(runs, Bridges)).Select(i => $"link add b{i} type bridge"));
        await using var switches = await Guard.Start(bench, bridged);
        table.Add(await Play(bench, bridged, switches, "sysctl -w", runs, i => ("sysctl", ["-q", "-w", $"{Key(i)}=0"]), i => $"{Key(i)}:", Key));
        return $"""
            ### Who it was: short runs that the daemon could name

            {table}
            A chain of its own is flushed by each run, or an interface's forwarding switched off. By name: the kernel named the writer, which had ended before
            its command line was read. Wrong: somebody else was named.

            """;
    }

    private static string Key(int i) => $"net.ipv4.conf.b{i % Bridges}.forwarding";

    private static async Task<string[]> Play(
        Bench bench, Host host, Guard guard, string who, int runs, Func<int, (string Program, string[] Arguments)> run, Func<int, string> place, Func<int, string> told)
    {
        Bench.Say($"attribution: {who}");
        var counts = await host.Netns.Inside(() =>
        {
            var (full, name, unknown, wrong) = (0, 0, 0, 0);
            for (var i = 0; i < runs; i++)
            {
                bench.Cancel.ThrowIfCancellationRequested();
                var since = guard.Said;
                var (program, arguments) = run(i);
                Timed.Run(program, arguments);
                string? line = null;
                for (var start = System.Diagnostics.Stopwatch.GetTimestamp(); line is null; Clock.Sleep(TimeSpan.FromMilliseconds(1)))
                {
                    Patience.Check(start, $"{place(i)} was not repaired:\n{string.Join('\n', guard.Lines(since))}");
                    line = guard.Lines(since).FirstOrDefault(one => one.Contains(" repaired ", StringComparison.Ordinal) && one.Contains(place(i), StringComparison.Ordinal));
                }

                var by = line[(line.IndexOf("; by ", StringComparison.Ordinal) + 5)..].Split("; ")[0];
                if (by.Split(" (pid")[0].Contains(told(i), StringComparison.Ordinal))
                {
                    full++;
                }
                else if (by == "unknown")
                {
                    unknown++;
                }
                else if (by.StartsWith("unknown ", StringComparison.Ordinal))
                {
                    name++;
                }
                else
                {
                    wrong++;
                }
            }

            return new[] { full, name, unknown, wrong };
        });
        return [who, $"{runs}", .. counts.Select(count => count.ToString(CultureInfo.InvariantCulture))];
    }

    private static string Chains(Backend backend, int runs) => $"interval: 1h\nbackend: {backend.Name()}\nfamilies: [ipv4]\nchains:\n"
        + string.Concat(Enumerable.Range(0, runs).Select(i => $"  M{i}: {{ rules: [ -i eth0 -j DROP ] }}\n"));

    private static string Interfaces(int runs) => "interval: 1h\nbackend: nft\nfamilies: [ipv4]\nforwarding:\n  ipv4: on\n  interfaces:\n"
        + string.Concat(Enumerable.Range(0, Math.Min(runs, Bridges)).Select(i => $"    b{i}: on\n"));
}
