using System.Globalization;

namespace NetGuard.Benchmarks;

/// <summary>What was measured round by round, in milliseconds.</summary>
internal sealed class Distribution
{
    private readonly List<double> _values = [];

    public double Median => _values.Count % 2 == 1 ? At(0.5) : (At(0.5) + _values.Order().ElementAt(_values.Count / 2)) / 2;

    public void Add(double value) => _values.Add(value);

    /// <summary>How often the other's median goes into this one's.</summary>
    public string Ratio(Distribution floor) => string.Create(CultureInfo.InvariantCulture, $"{Median / floor.Median:0.00} x");

    /// <summary>Median, 95th and 99th percentile.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Median:0.0} / {At(0.95):0.0} / {At(0.99):0.0}");

    // The nearest rank: a value that was measured.
    private double At(double share) => _values.Order().ElementAt(Math.Max((int)Math.Ceiling(share * _values.Count) - 1, 0));
}
