using System.Globalization;
using NetGuard.Core.Control;
using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary>The daemon's status for people: what is wrong comes first, then what happened.</summary>
internal static class StatusText
{
    /// <summary>All of it.</summary>
    /// <param name="status">What the daemon says.</param>
    /// <param name="now">Ages are counted from here.</param>
    /// <param name="width">Where a line is cut off.</param>
    public static IEnumerable<string> Lines(GuardStatus status, DateTimeOffset now, int width = int.MaxValue)
    {
        yield return $"{Word(status.State)} since {Day(status.Since)} ({Age(now - status.Since)}): {Meaning(status)}";
        yield return Terminal.Cut($"{status.Mode} {Terminal.Clean(status.Config)}{(status.Mode == "audit" ? " (only told of)" : "")}, iptables-{status.Backend}", width);
        yield return Terminal.Cut($"NetGuard {Terminal.Clean(status.Version)}, running for {Age(now - status.Started)}, {(status.LastCheck is { } at ? $"last check {Age(now - at)} ago" : "not checked yet")}", width);
        yield return Terminal.Cut(Counts(status), width);
        foreach (var line in Besides(status))
        {
            yield return Terminal.Cut(line, width);
        }

        foreach (var line in Parts(status, now, width))
        {
            yield return line;
        }
    }

    /// <summary>A drift on one line.</summary>
    public static string Line(DriftReport drift) => Terminal.Clean(
        $"{(drift.IsRepaired ? "repaired" : "drift")} {drift.Kind}: {drift.Place}: {drift.What}; by {drift.By}{(drift.Gap is { } gap ? $"; gap {Length(gap)}" : "")}");

    /// <summary>A state, in its colour.</summary>
    public static string Word(string state) => state is "ok" or "waiting" ? Terminal.Good(state) : Terminal.Bad(Terminal.Clean(state));

    /// <summary>How long ago, in two units at the most: <c>3h12m</c>.</summary>
    public static string Age(TimeSpan age) => age.TotalSeconds < 1 ? "0s"
        : age.TotalMinutes < 1 ? Whole($"{age.Seconds}s")
        : age.TotalHours < 1 ? Whole($"{age.Minutes}m{age.Seconds:00}s")
        : age.TotalDays < 1 ? Whole($"{age.Hours}h{age.Minutes:00}m")
        : Whole($"{age.Days}d{age.Hours:00}h");

    private static string Meaning(GuardStatus status) => status.State switch
    {
        "ok" => "all that was declared holds",
        "waiting" => "all that can hold does; the rest waits for Docker",
        "drifted" => "what differs is told of and left: audit mode (netguard apply repairs it)",
        "degraded" => "not everything holds, and it could not be repaired yet (journalctl -u netguard -x says what to do)",
        "paused" => $"nothing is repaired until {ClockText.Of(status.PausedUntil)} (netguard resume ends it)",
        _ => "see the manual",
    };

    private static string Counts(GuardStatus status)
    {
        var gaps = status.GapLongest > 0 ? $", {Length(status.GapMedian)} (median) to {Length(status.GapLongest)} (longest) after they came about" : "";
        return Whole($"drifts from the configuration: {status.DriftCount} found, {status.RepairCount} repaired{gaps}");
    }

    private static IEnumerable<string> Besides(GuardStatus status)
    {
        if (status.RulesHealed > 0)
        {
            yield return Whole($"{status.RulesHealed} of Docker's own rules put back that others had removed");
        }

        if (status.ConnectionsCut > 0)
        {
            yield return Whole($"{status.ConnectionsCut} connections cut that had been opened while a rule against them was missing");
        }
    }

    private static IEnumerable<string> Parts(GuardStatus status, DateTimeOffset now, int width)
    {
        IEnumerable<(string Title, IEnumerable<string> Lines)> parts =
        [
            ("What fails:", status.Failures.Select(failure => Terminal.Cut(Terminal.Clean(failure), width))),
            ("Differs now:", status.Drift.Count == 0 ? [] : Terminal.Table(
                ["KIND", "WHERE", "SINCE", "BY", "WHAT"],
                [.. status.Drift.Select(drift => (string[])[drift.Kind, drift.Place, Age(now - drift.At), drift.By, drift.What])],
                width).Concat(status.DriftLeftOut > 0 ? [Whole($"and {status.DriftLeftOut} more")] : [])),
            ("Fought over:", status.Contention.Count == 0 ? [] : Terminal.Table(
                ["WHAT", "REPAIRS", "WITH"], [.. status.Contention.Select(one => (string[])[one.About, Whole($"{one.Rounds}"), one.By])], width)),
            ("Waiting:", status.Waiting.Select(one => Terminal.Cut(Terminal.Clean(one), width))),
            ("Last drifts, the newest first:", Acts(status, now, width)),
            .. status.Sections.Select(section => ($"{Title(section.Title)}:", Rows(section, width))),
        ];
        foreach (var (title, lines) in parts)
        {
            var all = lines.ToList();
            if (all.Count > 0)
            {
                yield return "";
                yield return title;
                foreach (var line in all)
                {
                    yield return line;
                }
            }
        }
    }

    // An act is told once, whatever it did, and with it what was put right: a terminal of 80 columns has room for the one or the other.
    private static IEnumerable<string> Acts(GuardStatus status, DateTimeOffset now, int width)
    {
        var widest = status.Recent.Select(drift => drift.Kind.Length).DefaultIfEmpty().Max();
        foreach (var act in Runs(status.Recent, one => (one.At, one.By, one.Gap, one.IsRepaired)))
        {
            var first = act[0];
            var what = first.Gap is { } gap ? $"repaired after {Length(gap)}" : first.IsRepaired ? "repaired" : "not repaired";
            // What was so before NetGuard could watch is nobody's doing that it could know of.
            var by = first is { ByPid: 0, Gap: null } && first.At == status.Started ? "as found at the start" : $"done by {first.By}";
            yield return Terminal.Cut(Terminal.Clean($"{Age(now - first.At)} ago, {what}; {by}"), width);
            foreach (var same in Runs(act, one => (one.Kind, one.Family, one.Table, one.Chain, one.Rule is null ? one.Place : null)))
            {
                yield return Terminal.Cut(Terminal.Clean($"    {same[0].Kind.PadRight(widest)}  {Where(same)}"), width);
            }
        }
    }

    private static IEnumerable<List<DriftReport>> Runs<T>(IEnumerable<DriftReport> drifts, Func<DriftReport, T> of)
    {
        var same = new List<DriftReport>();
        foreach (var drift in drifts)
        {
            if (same.Count > 0 && !EqualityComparer<T>.Default.Equals(of(drift), of(same[0])))
            {
                yield return same;
                same = [];
            }

            same.Add(drift);
        }

        if (same.Count > 0)
        {
            yield return same;
        }
    }

    // The latest is told first; within one act the rules are in their order.
    private static string Where(List<DriftReport> same) => same.Count == 1
        ? $"{same[0].Place}: {same[0].What}"
        : Whole($"{same[0].Family} {same[0].Chain}, {same.Count} rules: {string.Join(", ", Enumerable.Reverse(same).Take(2).Select(one => one.Rule))}{(same.Count > 2 ? ", ..." : "")}");

    private static string Title(string text) => Terminal.Clean(text) is [var first, .. var rest] ? char.ToUpperInvariant(first) + rest : "";

    // A row that is too short would be somebody's mistake; it must not take the whole status with it.
    private static IEnumerable<string> Rows(StatusSection section, int width) => section.Rows.Count == 0
        ? []
        : Terminal.Table(
            [.. section.Columns], [.. section.Rows.Select(row => section.Columns.Select((_, i) => i < row.Count ? row[i] : "").ToList())], width);

    private static string Day(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Length(TimeSpan gap) => Length(gap.TotalMicroseconds);

    private static string Length(double microseconds) => microseconds < 1000 ? Whole($"{microseconds:0} us")
        : microseconds < 1_000_000 ? Whole($"{microseconds / 1000:0.0} ms")
        : Whole($"{microseconds / 1_000_000:0.0} s");

    private static string Whole(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
