using System.Globalization;

namespace NetGuard.Benchmarks;

/// <summary>What was measured round by round, in milliseconds.</summary>
internal sealed class Distribution
{
    private readonly List<double> _values = [];

    public bool IsEmpty => _values.Count == 0;

    public double Median => _values.Count % 2 == 1 ? At(0.5) : (At(0.5) + _values.Order().ElementAt(_values.Count / 2)) / 2;

    public void Add(double value) => _values.Add(value);

    /// <summary>The 99th percentile.</summary>
    public double P99 => At(0.99);

    /// <summary>The largest.</summary>
    public double Max => At(1);

    /// <summary>How often the other's median goes into this one's.</summary>
    public string Ratio(Distribution floor) => string.Create(CultureInfo.InvariantCulture, $"{Median / floor.Median:0.00} x");

    /// <summary>Median, 95th and 99th percentile.</summary>
    public override string ToString() => ToText(1);

    /// <summary>The same, with so many decimals.</summary>
    public string ToText(int decimals) => string.Join(" / ", new[] { Median, At(0.95), At(0.99) }.Select(value => value.ToString($"F{decimals}", CultureInfo.InvariantCulture)));

    // The nearest rank: a value that was measured.
    private double At(double share) => _values.Order().ElementAt(Math.Max((int)Math.Ceiling(share * _values.Count) - 1, 0));
}
