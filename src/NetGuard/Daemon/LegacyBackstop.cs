using NetGuard.Core.State;
using NetGuard.Xtables;

namespace NetGuard.Daemon;

/// <summary>
/// Whether a table of iptables-legacy has changed with nobody seen to take the tools' lock. Its size and layout are looked at each time; all that it
/// holds, too, as long as that is cheap: the kernel takes 3 ms to hand out 10,000 rules, and there the contents are compared every ten minutes.
/// </summary>
/// <param name="time">Measures.</param>
public sealed class LegacyBackstop(TimeProvider time)
{
    /// <summary>So many rules are compared in each interval; so many more wait a minute longer.</summary>
    public const int Rules = 1_000;

    /// <summary>However many there are, they are compared as often as that.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Family, (LegacyLayout Layout, long At)> _seen = [];

    /// <summary>Looks.</summary>
    /// <param name="family">Whose tables.</param>
    /// <param name="layout">How they are laid out now; null where the kernel does not say.</param>
    /// <param name="hasChanged">Compares all that they hold.</param>
    public bool HasChanged(Family family, LegacyLayout? layout, Func<bool> hasChanged)
    {
        if (_seen.Remove(family, out var seen) && seen.Layout == layout && time.GetElapsedTime(seen.At) < Every(seen.Layout.Entries))
        {
            _seen[family] = seen;
            return false;
        }

        var at = time.GetTimestamp();
        if (hasChanged())
        {
            return true;
        }

        if (layout is not null)
        {
            _seen[family] = (layout, at);
        }

        return false;
    }

    private static TimeSpan Every(int entries)
    {
        var every = entries <= Rules ? TimeSpan.Zero : TimeSpan.FromMinutes((double)entries / Rules);
        return every < Longest ? every : Longest;
    }
}
