using System.Globalization;

namespace NetGuard.Tests.Chaos;

/// <summary>What a process holds.</summary>
/// <param name="At">Since the beginning.</param>
/// <param name="ResidentKb">VmRSS, in units of 1,024 bytes.</param>
/// <param name="Files">Open descriptors.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Children">Child processes.</param>
internal sealed record Vitals(TimeSpan At, long ResidentKb, int Files, int Threads, int Children)
{
    // What a collector and a thread pool may do from one hour to the next, and a leak would exceed.
    private const double Slack = 1.1;
    private const long SlackKb = 3_000;
    private const int SlackThreads = 4;

    public static Vitals Of(int pid, TimeSpan at)
    {
        var status = File.ReadLines($"/proc/{pid}/status").Select(line => line.Split(':', 2)).ToDictionary(part => part[0], part => part[1].Trim());
        var children = Directory.EnumerateDirectories("/proc").Count(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _) && Parent(path) == pid);
        return new(
            at, long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture), Directory.GetFiles($"/proc/{pid}/fd").Length,
            int.Parse(status["Threads"], CultureInfo.InvariantCulture), children);
    }

    /// <summary>What has grown from the second quarter of the time to the last; the first is for warming up.</summary>
    public static IReadOnlyList<string> Growth(IReadOnlyList<Vitals> samples)
    {
        if (samples.Count < 8)
        {
            return [];
        }

        var quarter = samples.Count / 4;
        var (early, late) = (samples.Skip(quarter).Take(quarter).ToList(), samples.TakeLast(quarter).ToList());
        var growth = new List<string>();
        if (Median(late, v => v.ResidentKb) is var now && Median(early, v => v.ResidentKb) is var then && now > Math.Max(then * Slack, then + SlackKb))
        {
            growth.Add($"resident memory: {then:N0} to {now:N0} kB");
        }

        if (Median(late, v => v.Files) > Median(early, v => v.Files))
        {
            growth.Add($"open files: {Median(early, v => v.Files)} to {Median(late, v => v.Files)}");
        }

        if (Median(late, v => v.Threads) > Median(early, v => v.Threads) + SlackThreads)
        {
            growth.Add($"threads: {Median(early, v => v.Threads)} to {Median(late, v => v.Threads)}");
        }

        return growth;
    }

    /// <summary>What the collector does not have to come by for: an idle daemon holds so many descriptors at the most, two for each processor among them.</summary>
    public static readonly int MostFiles = 40 + (2 * Environment.ProcessorCount);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{At:hh\\:mm\\:ss}  {ResidentKb,7:N0} kB  {Files,3} files  {Threads,3} threads  {Children} children");

    private static long Median(List<Vitals> samples, Func<Vitals, long> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);

    private static int Parent(string path)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(path, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // It has ended.
        }
    }
}
