using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetGuard.Daemon;
using NetGuard.Processes;
using NetGuard.Tests.TestBed;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>The source of events itself, in this process, so that its sockets can be broken.</summary>
public sealed partial class KernelEventsSourceTests : IAsyncLifetime
{
    private const string Netfilter = "12";
    private const string NftablesGroup = "00000040";

    private readonly TriggerQueue _queue = new(TimeProvider.System);
    private readonly Warnings _warnings = new();
    private Netns _netns = null!;
    private Logger _log = null!;

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _log = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(_warnings).CreateLogger();
    }

    [Fact]
    public async Task ABrokenSocketIsOpenedAnewAndToldOfOnce()
    {
        using var subscription = await Subscribe(bufferBytes: 1 << 20);
        for (var i = 0; i < 3; i++)
        {
            // One tells of it, one looks who it was, and on each processor one answers.
            var listeners = 2 + (Environment.ProcessorCount <= FirstAid.MostProcessors ? Environment.ProcessorCount : 0);
            var sockets = await ListeningSockets();
            for (var end = DateTime.UtcNow + Programs.Patience; sockets.Count < listeners && DateTime.UtcNow < end; sockets = await ListeningSockets())
            {
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }

            Assert.Equal(listeners, sockets.Count);
            sockets.ForEach(Break);
            await Stranger($"LOST{i}");
            Until(Triggers.Lost);

            // Subscribed anew before the check that this asks for: what comes now is heard.
            await Stranger($"HEARD{i}");
            Until(Triggers.Kernel);
        }

        Assert.Single(_warnings.Said, line => line.Contains("events were lost", StringComparison.Ordinal));
        Assert.Contains("not connected", _warnings.Said[0], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        await _netns.DisposeAsync();
    }

    private Task<IDisposable> Subscribe(int bufferBytes) => _netns.Inside(() =>
        new KernelEvents(new OwnProcesses(TimeProvider.System), TimeProvider.System, new(_log, TimeProvider.System)) { ReceiveBuffer = bufferBytes }.Subscribe(_queue));

    // Not a child of this process: that would be one of the daemon's own programs.
    private Task<string> Stranger(string chain) => _netns.Output("sh", ["-c", $"iptables-nft -N {chain}; exit 0"]);

    private void Until(Triggers any)
    {
        Wake wake;
        do
        {
            wake = _queue.Next(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.False(wake.Has(Triggers.Interval), $"no {any} within a minute");
        }
        while (!wake.Has(any));
    }

    // /proc/net/netlink: the socket's address, protocol, port, groups, ..., inode.
    private Task<List<int>> ListeningSockets() => _netns.Inside(() =>
    {
        var inodes = File.ReadLines("/proc/thread-self/net/netlink").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(field => field[1] == Netfilter && field[3] == NftablesGroup).Select(field => $"socket:[{field[^1]}]").ToHashSet();
        return Directory.EnumerateFiles("/proc/self/fd").Where(path => Target(path) is { } target && inodes.Contains(target))
            .Select(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture)).ToList();
    });

    private static string? Target(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name;
        }
        catch (IOException)
        {
            return null; // Closed meanwhile.
        }
    }

    // Whoever receives from a socket that is not connected is told so: an error, and not an overflow.
    private static void Break(int descriptor)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.True(dup2((int)other.SafeHandle.DangerousGetHandle(), descriptor) >= 0);
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int dup2(int from, int to);

    private sealed class Warnings : ILogEventSink
    {
        private readonly List<string> _said = [];

        public IReadOnlyList<string> Said
        {
            get
            {
                lock (_said)
                {
                    return [.. _said];
                }
            }
        }

        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Level >= LogEventLevel.Warning)
            {
                lock (_said)
                {
                    _said.Add(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }
    }
}
