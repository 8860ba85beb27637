using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Daemon;

public sealed class TelemetryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netguard-metrics-").FullName;

    private string File => Path.Combine(_folder, "on", "netguard.prom");

    private string Config => $$"""
        interval: 1s
        families: [ipv4]
        backend: nft
        chains:
          DOCKER-USER:
            rules: [ { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP } ]
        metrics: { textfile: {{File}} }
        """;

    [Fact]
    public async Task DriftRepairsAndChecksAreInTheFileNodeExporterReads()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await host.Iptables("-F", "DOCKER-USER");
        var text = await WaitFor(daemon, "netguard_drift_total{kind=\"missing\",chain=\"DOCKER-USER\",by=\"iptables-nft\"} 1\n");
        Assert.Contains("netguard_checks_total{trigger=\"start\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("netguard_in_sync 1\n", text, StringComparison.Ordinal);
        Assert.Matches("netguard_repair_seconds_count [1-9]", text);
    }

    [Fact]
    public async Task AFolderThatIsGoneIsSaidOnceAndHarmsNothing()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        Assert.Contains(daemon.Lines, line => line.Text.Contains("netguard.yaml:7:22: the folder", StringComparison.Ordinal));
        await daemon.WaitForLine(line => line.Contains("the metrics cannot be written", StringComparison.Ordinal));
        var said = daemon.Lines.Count;
        await host.Iptables("-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("repaired missing", StringComparison.Ordinal), said);
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await daemon.WaitForLine(line => line.Contains("the metrics are written", StringComparison.Ordinal), said);
        Assert.Single(daemon.Lines, line => line.Text.Contains("the metrics cannot be written", StringComparison.Ordinal));
        await WaitFor(daemon, "netguard_in_sync 1\n");
    }

    [Fact]
    public async Task WhatIsNoLongerDeclaredIsTakenAway()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = await host.Guard();
        await WaitFor(daemon, "netguard_in_sync 1\n");
        var said = daemon.Lines.Count;
        host.Declare(Config[..Config.IndexOf("metrics:", StringComparison.Ordinal)]);
        daemon.Send(Signal.Hangup);
        await daemon.WaitForLine(line => line.Contains("configuration reloaded", StringComparison.Ordinal), said);
        for (var i = 0; i < 600 && System.IO.File.Exists(File); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        Assert.False(System.IO.File.Exists(File));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> WaitFor(RunningProgram daemon, string line)
    {
        var text = "";
        for (var i = 0; i < 600 && !daemon.HasExited; i++)
        {
            text = System.IO.File.Exists(File) ? await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken) : "";
            if (text.Contains(line, StringComparison.Ordinal))
            {
                return text;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"{line} did not come\n{text}");
    }
}
