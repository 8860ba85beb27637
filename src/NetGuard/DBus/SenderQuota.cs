namespace NetGuard.DBus;

/// <summary>
/// How many calls one sender may make: enough for whoever asks, and what is beyond is refused at next to no cost. A name on the bus is
/// never given out twice.
/// </summary>
/// <param name="time">Measures.</param>
internal sealed class SenderQuota(TimeProvider time)
{
    /// <summary>Calls at once.</summary>
    public const int Burst = 100;

    /// <summary>Calls a second, for good.</summary>
    public const int PerSecond = 50;

    // A user may have 256 connections (max_connections_per_user of dbus-daemon); this many busy senders are remembered.
    private const int MaxSenders = 1024;

    private readonly Dictionary<string, Balance> _balances = new(StringComparer.Ordinal);

    /// <summary>Whether this call is within the quota; if so it is counted.</summary>
    public bool Takes(string sender)
    {
        var now = time.GetTimestamp();
        var left = _balances.TryGetValue(sender, out var balance) ? Refilled(balance, now) : Burst;
        if (left < 1)
        {
            return false;
        }

        if (_balances.Count >= MaxSenders && !_balances.ContainsKey(sender))
        {
            Forget(now);
        }

        _balances[sender] = new(left - 1, now);
        return true;
    }

    // Whoever has been quiet for long enough is as good as new. Where nobody has, all begin anew: that is a storm, and it costs a burst.
    private void Forget(long now)
    {
        foreach (var (quiet, _) in _balances.Where(one => Refilled(one.Value, now) >= Burst).ToList())
        {
            _balances.Remove(quiet);
        }

        if (_balances.Count >= MaxSenders)
        {
            _balances.Clear();
        }
    }

    private double Refilled(Balance balance, long now) =>
        Math.Min(Burst, balance.Left + time.GetElapsedTime(balance.At, now).TotalSeconds * PerSecond);

    private readonly record struct Balance(double Left, long At);
}
