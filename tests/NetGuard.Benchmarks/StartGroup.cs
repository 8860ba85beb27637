using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>From the start of the daemon's process until all that was declared holds.</summary>
internal static class StartGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<string> Measure(Bench bench)
    {
        var table = new MarkdownTable("iptables-", "enforced", "goal", "says that it guards");
        var rounds = bench.Quick ? 5 : 60;
        foreach (var backend in Enum.GetValues<Backend>())
        {
            Bench.Say($"start: iptables-{backend.Name()}");
            await using var host = await Host.Create(backend, strangers: 100, GuardedConfig.DockerUser(backend));
            var (enforced, ready) = (new Distribution(), new Distribution());
            for (var round = 0; round < rounds; round++)
            {
                bench.Cancel.ThrowIfCancellationRequested();
                var took = await host.Netns.Inside(() => Start(bench, host));
                enforced.Add(took.Enforced);
                ready.Add(took.Ready);
            }

            bench.Reach(new($"exec to first enforced state, 100 rules, {backend.Name()}: median", "150 ms", string.Create(CultureInfo.InvariantCulture, $"{enforced.Median:0.0} ms"), enforced.Median <= 150));
            table.Add(backend.Name(), $"{enforced}", "150", $"{ready}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### From exec to the first enforced state, 100 rules of strangers ({rounds} rounds)

            {table}
            Found: DOCKER-USER empty, FORWARD's policy ACCEPT, forwarding off. NetGuard sets the forwarding switch last, when the rules have
            been read back; /proc/sys is polled for it several times a millisecond, and the rules are then looked at.

            """);
    }

    private static (double Enforced, double Ready) Start(Bench bench, Host host)
    {
        host.Tools.Iptables("-F", "DOCKER-USER");
        host.Tools.Iptables("-P", "FORWARD", "ACCEPT");
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0\n");
        using var forwarding = File.OpenHandle("/proc/sys/net/ipv4/ip_forward", share: FileShare.ReadWrite);
        var start = Stopwatch.GetTimestamp();
        using var daemon = Programs.Start(bench.Netguard, ["daemon", "--config", host.ConfigPath]);
        try
        {
            while (!IsOn(forwarding))
            {
                bench.Cancel.ThrowIfCancellationRequested();
                if (daemon.HasExited || Stopwatch.GetElapsedTime(start) > Patience)
                {
                    throw new InvalidOperationException($"the daemon enforces nothing: {(daemon.HasExited ? daemon.StandardError.ReadToEnd() : "")}");
                }

                Clock.Sleep(TimeSpan.FromMicroseconds(100));
            }

            var enforced = Stopwatch.GetElapsedTime(start);
            while (daemon.StandardOutput.ReadLine() is { } line && !line.Contains("guarding", StringComparison.Ordinal))
            {
            }

            var ready = Stopwatch.GetElapsedTime(start);
            host.Tools.Iptables("-C", "DOCKER-USER", "-i", "eth0", "!", "-s", "8.8.8.8", "-m", "comment", "--comment", "netguard:only-8.8.8.8", "-j", "DROP");
            return (enforced.TotalMilliseconds, ready.TotalMilliseconds);
        }
        finally
        {
            daemon.Kill();
            daemon.WaitForExit();
        }
    }

    private static bool IsOn(Microsoft.Win32.SafeHandles.SafeFileHandle forwarding)
    {
        Span<byte> value = stackalloc byte[8];
        return Encoding.ASCII.GetString(value[..RandomAccess.Read(forwarding, value, fileOffset: 0)]).StartsWith('1');
    }
}
