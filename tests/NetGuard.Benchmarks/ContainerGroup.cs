using System.Diagnostics;
using System.Globalization;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>From the start of a container, as Docker has noted it, until the rules that are declared for it by name are in force.</summary>
internal static class ContainerGroup
{
    private const string Own = "NETGUARD-FORWARD";

    public static async Task<string> Measure(Bench bench)
    {
        var table = new MarkdownTable("other containers", "start to rules in force", "goal");
        var rounds = bench.Quick ? 3 : 30;
        foreach (var others in bench.Quick ? (int[])[0] : [0, 50])
        {
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"container: beside {others} others"));
            var took = await Starts(bench, others, rounds);
            bench.Reach(new(
                string.Create(CultureInfo.InvariantCulture, $"container start to its rules in force, beside {others} others: median"), "50 ms",
                string.Create(CultureInfo.InvariantCulture, $"{took.Median:0.0} ms"), took.Median <= 50));
            table.Add(others.ToString(CultureInfo.InvariantCulture), $"{took}", "50");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### From a container's start to its rules in force, nft ({rounds} rounds)

            {table}
            A real Docker Engine; a link from a container that runs to the one that starts. From State.StartedAt to the commit of nf_tables that has the link's
            rules in it, as the kernel tells of it.

            """);
    }

    private static async Task<Distribution> Starts(Bench bench, int others, int rounds)
    {
        using var files = new ConfigDir();
        await using var bed = await DockerBed.Create();
        var path = files.Write("netguard.yaml", $$"""
            backend: nft
            families: [ipv4]
            docker: { socket: {{bed.Socket}}, icc: deny, links: [{ from: app, to: web, ports: [80/tcp] }] }
            """);
        for (var i = 0; i < others; i++)
        {
            await bed.Docker("run", "--detach", DockerImage.Name);
        }

        await bed.Run("app");
        await using var guard = await Guard.Start(bench, bed.Host, path);
        var took = new Distribution();
        for (var round = 0; round < rounds; round++)
        {
            bench.Cancel.ThrowIfCancellationRequested();
            var inForce = await bed.Host.Inside(() => Next(() => Programs.Start("docker", ["--host", $"unix://{bed.Socket}", "run", "--detach", "--name", "web", DockerImage.Name])));
            var started = DateTimeOffset.Parse(await bed.Docker("inspect", "--format", "{{.State.StartedAt}}", "web"), CultureInfo.InvariantCulture);
            took.Add((inForce - started).TotalMilliseconds);
            await bed.Host.Inside(() => Next(() => Programs.Start("docker", ["--host", $"unix://{bed.Socket}", "rm", "--force", "web"])));
            await Task.Delay(TimeSpan.FromSeconds(1.5), bench.Cancel); // The next one is to be the first of its burst.
        }

        return took;
    }

    // The wall clock, since that is what Docker notes.
    private static DateTimeOffset Next(Func<Process> begin)
    {
        using var witness = new CommitWitness(Own);
        using var process = begin();
        var at = witness.Next();
        process.WaitForExit();
        return process.ExitCode == 0 ? at : throw new InvalidOperationException(process.StandardError.ReadToEnd());
    }
}
