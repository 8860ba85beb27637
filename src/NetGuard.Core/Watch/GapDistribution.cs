namespace NetGuard.Core.Watch;

/// <summary>
/// How long things were broken: a histogram of microseconds with four buckets to the octave, from 16 us to half an hour. It takes the
/// same memory however long the daemon runs, and tells a quantile to within a fifth.
/// </summary>
public sealed class GapDistribution
{
    private const int PerOctave = 4;
    private const int Smallest = 4; // 2^4 us
    private const int Octaves = 27;
    private readonly long[] _counts = new long[Octaves * PerOctave];
    private readonly Lock _lock = new();

    /// <summary>How many there were.</summary>
    public long Count { get; private set; }

    /// <summary>All together, in microseconds.</summary>
    public double Sum { get; private set; }

    /// <summary>The longest, in microseconds.</summary>
    public double Longest { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan gap)
    {
        var microseconds = Math.Max(gap.TotalMicroseconds, 1);
        var bucket = (int)Math.Floor((Math.Log2(microseconds) - Smallest) * PerOctave);
        lock (_lock)
        {
            _counts[Math.Clamp(bucket, 0, _counts.Length - 1)]++;
            Count++;
            Sum += microseconds;
            Longest = Math.Max(Longest, microseconds);
        }
    }

    /// <summary>The upper end, in microseconds, of the bucket that so large a part does not exceed; 0 where there are none.</summary>
    /// <param name="part">0.5 is the median.</param>
    public double Quantile(double part)
    {
        lock (_lock)
        {
            var wanted = Math.Max(1, (long)Math.Ceiling(part * Count));
            long seen = 0;
            for (var i = 0; i < _counts.Length && Count > 0; i++)
            {
                seen += _counts[i];
                if (seen >= wanted)
                {
                    return Math.Min(Longest, Math.Pow(2, Smallest + (i + 1.0) / PerOctave));
                }
            }

            return 0;
        }
    }
}
