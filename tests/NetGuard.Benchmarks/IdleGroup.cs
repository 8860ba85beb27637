using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>What the daemon keeps and takes while nothing happens, and keeps after some repairs.</summary>
internal static class IdleGroup
{
    private const int Repairs = 10;

    // The line comes first; when it has been quiet for a second the memory goes back.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    // The start leaves timers behind, half a minute for each tool that it ran; and a bus that is not there is asked for ever more seldom.
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(65);

    private static readonly (string What, int Strangers, bool IsGuarded, int Limit)[] Sizes =
        [("100 of strangers", 100, false, 20), ("10,000 of strangers", 10_000, false, 48), ("10,000 guarded", 100, true, 48)];

    public static async Task<string> Measure(Bench bench)
    {
        var minute = bench.Quick ? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(1);
        var table = new MarkdownTable("rules", "CPU in a minute", "programs", "resident", $"after {Repairs} repairs", "peak", "goal");
        var idlers = new List<Idler>();
        try
        {
            foreach (var backend in Enum.GetValues<Backend>())
            {
                foreach (var (what, strangers, isGuarded, limit) in Sizes)
                {
                    Bench.Say($"idle: iptables-{backend.Name()}, {what}");
                    var host = await Host.Create(backend, strangers, isGuarded ? GuardedConfig.Many(backend, Bench.Many) : GuardedConfig.DockerUser(backend));
                    idlers.Add(new($"{what}, {backend.Name()}", isGuarded ? GuardedConfig.ManyChain : "DOCKER-USER", limit, host, await Guard.Start(bench, host)));
                }
            }

            // All at once: whoever idles disturbs nobody. Each has its backstop check in that minute.
            await Task.Delay(bench.Quick ? Settling : Steady, bench.Cancel);
            Bench.Say($"idle: {minute.TotalSeconds:0} s");
            idlers.ForEach(idler => idler.Begin());
            await Task.Delay(minute, bench.Cancel);
            idlers.ForEach(idler => idler.End());
            foreach (var idler in idlers)
            {
                await idler.Repair(bench);
                table.Add(idler.Row());
                idler.Reach(bench, minute);
            }
        }
        finally
        {
            foreach (var idler in idlers)
            {
                await idler.DisposeAsync();
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"""
            ### The daemon in an idle {(bench.Quick ? "five seconds" : "minute")}: processor time, and resident memory in MB

            {table}
            The second minute behind the start, with the default interval of 60 s, so that one backstop check falls into it. CPU is the process's own clock, programs are those that it says it
            has started; that no child's page faults were added to its own (/proc/PID/stat) confirms a zero. Memory is VmRSS and VmHWM of /proc/PID/status.

            """);
    }

    private sealed class Idler(string what, string chain, int limit, Host host, Guard guard) : IAsyncDisposable
    {
        private TimeSpan _processor;
        private long _faults;
        private int _said;
        private int _programs;
        private double _resident;

        public void Begin() => (_processor, _faults, _said) = (Clock.Processor(guard.Pid), ChildrensFaults(), guard.Said);

        public void End()
        {
            _processor = Clock.Processor(guard.Pid) - _processor;
            _programs = guard.Programs(_said);
            _resident = Megabytes("VmRSS");
            if (_programs == 0 && ChildrensFaults() != _faults)
            {
                throw new InvalidOperationException($"{what}: it says that it started no program, and had children");
            }
        }

        public async Task Repair(Bench bench)
        {
            await host.Netns.Inside(() =>
            {
                for (var i = 0; i < Repairs; i++)
                {
                    bench.Cancel.ThrowIfCancellationRequested();
                    var since = guard.Said;
                    host.Tools.Iptables("-D", chain, "2");
                    for (var start = System.Diagnostics.Stopwatch.GetTimestamp(); !guard.HasAnswered(since); Clock.Sleep(TimeSpan.FromMilliseconds(1)))
                    {
                        Patience.Check(start, $"{chain} was not looked at");
                    }
                }

                return true;
            });
            await Task.Delay(Settling, bench.Cancel);
        }

        public string[] Row() =>
            [what, Text($"{_processor.TotalMilliseconds:0.00} ms"), $"{_programs}", Text($"{_resident:0.0}"), Text($"{Megabytes("VmRSS"):0.0}"), Text($"{Megabytes("VmHWM"):0.0}"), $"{limit}"];

        public void Reach(Bench bench, TimeSpan minute)
        {
            if (limit > 20)
            {
                bench.Reach(new($"idle, {what}: CPU a minute", "1 ms", Text($"{_processor / minute * 60_000:0.00} ms"), _processor / minute * 60_000 < 1));
                bench.Reach(new($"idle, {what}: programs started", "0", $"{_programs}", _programs == 0));
            }

            bench.Reach(new($"resident memory, {what}", $"{limit} MB", Text($"{_resident:0.0} MB, {Megabytes("VmRSS"):0.0} after repairs"), Math.Max(_resident, Megabytes("VmRSS")) <= limit));
        }

        public async ValueTask DisposeAsync()
        {
            await guard.DisposeAsync();
            await host.DisposeAsync();
        }

        private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

        // cminflt, the field behind minflt; counted from the name's closing parenthesis. proc_pid_stat(5)
        private long ChildrensFaults() =>
            long.Parse(File.ReadAllText($"/proc/{guard.Pid}/stat").Split(") ")[^1].Split(' ')[8], CultureInfo.InvariantCulture);

        // kB there are 1,024 bytes; MB here are 1,000,000.
        private double Megabytes(string field)
        {
            var line = File.ReadLines($"/proc/{guard.Pid}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
    }
}
