using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NetGuard.Core.Tests.Fuzz;

/// <summary>
/// Feeds a parser mutated inputs. Where NetGuard.Core has been instrumented (tests/fuzz.sh does that), an input that gets somewhere new is kept and
/// mutated further, as AFL does; else the seeds alone are. Any exception, a second of time, or 256 MB of memory for one input is a failure.
/// </summary>
internal static unsafe class Fuzzer
{
    private const int MapSize = 1 << 16;
    private const int MaxLength = 8192;
    private const long MaxAllocated = 256L << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hung = TimeSpan.FromMinutes(2);

    private static readonly byte* s_map = Allocate();

    /// <summary>How many inputs each parser gets: NETGUARD_FUZZ_INPUTS, or a few where everything else is tested too.</summary>
    private static int Inputs => int.Parse(Environment.GetEnvironmentVariable("NETGUARD_FUZZ_INPUTS") ?? "10000", CultureInfo.InvariantCulture);

    /// <summary>Runs one parser.</summary>
    /// <param name="name">What the report calls it.</param>
    /// <param name="seeds">Good inputs.</param>
    /// <param name="dictionary">Words that mean something to it.</param>
    /// <param name="parse">What must not throw.</param>
    public static void Run(string name, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> dictionary, Action<byte[]> parse)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("NETGUARD_FUZZ_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount;
        var mutator = new Mutator(seed, dictionary);
        var corpus = new List<byte[]>();
        var reached = new byte[MapSize];
        var longest = TimeSpan.Zero;
        var most = 0L;
        var started = Stopwatch.GetTimestamp();
        byte[] input = [];
        var begun = Stopwatch.GetTimestamp();
        using var watch = new Timer(_ => Watch(), null, Hung, TimeSpan.FromSeconds(10));
        for (var i = 0; i < Inputs; i++)
        {
            input = i < seeds.Count ? seeds[i] : mutator.Mutate(corpus, MaxLength);
            var (time, allocated) = Feed();
            for (var again = 0; time > MaxTime && again < 3; again++)
            {
                (time, allocated) = Feed(); // The first time is the compiler's as well.
            }

            if (time > MaxTime || allocated > MaxAllocated)
            {
                throw new InvalidOperationException($"{name}: an input took {time.TotalSeconds:0.0} s and {allocated >> 20} MB: {Shown(seed, input)}");
            }

            (longest, most) = (time > longest ? time : longest, Math.Max(allocated, most));
            if (IsNew(reached) || i < seeds.Count)
            {
                corpus.Add(input);
            }
        }

        Report(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Inputs:N0} | {corpus.Count} | {reached.Count(b => b != 0):N0} | {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s | {longest.TotalMilliseconds:0.0} ms | {most / 1024.0 / 1024:0.0} MB | {seed} |"));

        (TimeSpan Time, long Allocated) Feed()
        {
            new Span<byte>(s_map, MapSize).Clear();
            var before = GC.GetAllocatedBytesForCurrentThread();
            begun = Stopwatch.GetTimestamp();
            var worked = Worked();
            try
            {
                parse(input);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{name}: {e.GetType().Name}: {e.Message}: {Shown(seed, input)}", e);
            }

            return (Worked() - worked, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        void Watch()
        {
            if (Stopwatch.GetElapsedTime(begun) > Hung)
            {
                Environment.FailFast($"{name}: an input does not end: {Shown(seed, input)}");
            }
        }
    }

    /// <summary>Before any code of NetGuard.Core runs: instrumented code writes there.</summary>
    internal static void Prepare() => SharpFuzz.Common.Trace.SharedMem = s_map;

    // This thread's own, so that a busy machine makes no difference: clock_gettime(2), CLOCK_THREAD_CPUTIME_ID.
    private static TimeSpan Worked()
    {
        var time = stackalloc long[2];
        return clock_gettime(3, time) == 0 ? TimeSpan.FromTicks((time[0] * TimeSpan.TicksPerSecond) + (time[1] / TimeSpan.NanosecondsPerTick)) : default;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, long* time);

    private static byte* Allocate() => (byte*)NativeMemory.AllocZeroed(MapSize);

    // Counted in powers of two, as AFL does: a loop that runs a little longer is nothing new.
    private static bool IsNew(byte[] reached)
    {
        var isNew = false;
        var words = new ReadOnlySpan<ulong>(s_map, MapSize / sizeof(ulong));
        for (var word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
            {
                continue;
            }

            for (var i = word * sizeof(ulong); i < (word + 1) * sizeof(ulong); i++)
            {
                var bit = s_map[i] == 0 ? 0 : 1 << int.Min(7, int.Log2(s_map[i]));
                isNew |= (bit & ~reached[i]) != 0;
                reached[i] |= (byte)bit;
            }
        }

        return isNew;
    }

    private static void Report(string line)
    {
        if (Environment.GetEnvironmentVariable("NETGUARD_FUZZ_REPORT") is { } path)
        {
            File.AppendAllText(path, line + "\n");
        }
    }

    private static string Shown(int seed, byte[] input) => $"seed {seed}, input (base64) {Convert.ToBase64String(input)}";
}
