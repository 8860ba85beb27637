using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;

namespace NetGuard.Benchmarks;

/// <summary>What gets through while the rule that stops it is gone: a flood over veth pairs, through a router that NetGuard guards.</summary>
internal static class FloodGroup
{
    private const string Config = """
        interval: 1h
        families: [ipv4]
        chains:
          DOCKER-USER:
            rules:
              - { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP }

        """;

    public static async Task<string> Measure(Bench bench)
    {
        var rounds = bench.Quick ? 5 : 100;
        var table = new MarkdownTable("iptables-", "flood, packets/s", "drift to repaired, ms", "packets through", "at most");
        foreach (var backend in Enum.GetValues<Backend>())
        {
            Bench.Say($"flood: iptables-{backend.Name()}");
            table.Add(await Measure(bench, backend, rounds));
        }

        return $"""
            ### Packets that slip through between a flush of DOCKER-USER and the repair ({rounds} rounds)

            {table}
            UDP of 64 bytes from one address, as fast as one thread sends, over two veth pairs and a bridge, on the same processors as everything else; counted
            are the IP packets that the container receives (/proc/net/snmp). Without a guard all of them would arrive from the flush on.

            """;
    }

    private static async Task<string[]> Measure(Bench bench, Backend backend, int rounds)
    {
        await using var bed = await PacketBed.Create();
        using var files = new ConfigDir();
        var config = files.Write("netguard.yaml", $"backend: {backend.Name()}\n{Config}");
        await bed.Router.Restore(backend, Family.Ipv4, StrangersRules.Text(20).Replace("-A FORWARD -i docker0 -o docker0 -j DROP", "-A FORWARD -j ACCEPT", StringComparison.Ordinal));
        await using var guard = await Guard.Start(bench, bed.Router, config);
        var tools = new Tools(backend);
        using var counters = await bed.Web.Netns.Inside(() => File.OpenHandle("/proc/thread-self/net/snmp", share: FileShare.ReadWrite));
        using var sink = await bed.Web.Netns.Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sink.Bind(new IPEndPoint(bed.Web.Ipv4, 9));
        using var source = await bed.Stranger.Netns.Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        source.Bind(new IPEndPoint(bed.Stranger.Ipv4, 0));
        source.Connect(new IPEndPoint(bed.Web.Ipv4, 9));
        using var stop = new CancellationTokenSource();
        var sent = 0L;
        var flood = new Thread(() =>
        {
            Span<byte> payload = stackalloc byte[64];
            while (!stop.IsCancellationRequested)
            {
                source.Send(payload);
                Interlocked.Increment(ref sent);
            }
        })
        { IsBackground = true };
        flood.Start();
        try
        {
            var start = Stopwatch.GetTimestamp();
            var (gaps, through) = await bed.Router.Inside(() =>
            {
                var (gaps, through) = (new Distribution(), new Distribution());
                using IWitness witness = backend == Backend.Nft ? new CommitWitness("DOCKER-USER") : new LegacyWitness();
                for (var round = 0; round < rounds; round++)
                {
                    bench.Cancel.ThrowIfCancellationRequested();
                    var before = Received(counters);
                    Process? breaking = null;
                    gaps.Add(guard.Break("DOCKER-USER", witness, () => breaking = tools.Begin("-F", "DOCKER-USER")).Milliseconds);
                    breaking!.WaitForExit();
                    breaking.Dispose();
                    through.Add(Received(counters) - before);
                }

                return (gaps, through);
            });
            var rate = Interlocked.Read(ref sent) / Stopwatch.GetElapsedTime(start).TotalSeconds;
            return
            [
                backend.Name(), Machine.Number((int)rate), gaps.ToText(2), through.ToText(0), Machine.Number((int)through.Max),
            ];
        }
        finally
        {
            await stop.CancelAsync();
            flood.Join();
        }
    }

    // The second line of Ip: its third field is InReceives.
    private static long Received(SafeFileHandle counters)
    {
        var buffer = new byte[4096];
        var text = Encoding.ASCII.GetString(buffer, 0, RandomAccess.Read(counters, buffer, fileOffset: 0));
        return long.Parse(text.Split('\n')[1].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
