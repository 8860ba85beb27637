using NetGuard.Core.Control;
using NetGuard.Core.State;

namespace NetGuard.DBus;

/// <summary>What the daemon tells, in D-Bus's terms and back. Times are microseconds since 1970; what is not known is left out.</summary>
internal static class StatusForm
{
    /// <summary>The properties of the interface.</summary>
    public static BusDictionary Properties(GuardStatus status) => new()
    {
        ["Version"] = status.Version,
        ["Mode"] = status.Mode,
        ["State"] = status.State,
        ["LastCheck"] = Time(status.LastCheck),
        ["DriftCount"] = (ulong)status.DriftCount,
        ["RepairCount"] = (ulong)status.RepairCount,
        ["PausedUntil"] = Time(status.PausedUntil),
    };

    /// <summary>All of it: the properties and more.</summary>
    public static BusDictionary Write(GuardStatus status)
    {
        var all = Properties(status);
        all["Since"] = Time(status.Since);
        all["Started"] = Time(status.Started);
        all["CheckCount"] = (ulong)status.CheckCount;
        all["ConnectionsCut"] = (ulong)status.ConnectionsCut;
        all["RulesHealed"] = (ulong)status.RulesHealed;
        all["Backend"] = status.Backend;
        all["Config"] = status.Config;
        all["Failures"] = status.Failures.ToArray();
        all["Drift"] = Write(status.Drift);
        all["DriftLeftOut"] = (uint)status.DriftLeftOut;
        all["Recent"] = Write(status.Recent);
        all["Waiting"] = status.Waiting.ToArray();
        all["Contention"] = status.Contention.Select(one => new BusDictionary { ["About"] = one.About, ["Rounds"] = (uint)one.Rounds, ["By"] = one.By }).ToArray();
        all["GapMedianUsec"] = status.GapMedian;
        all["GapP99Usec"] = status.GapP99;
        all["GapLongestUsec"] = status.GapLongest;
        all["Sections"] = status.Sections.Select(section => new BusDictionary
        {
            ["Title"] = section.Title,
            ["Columns"] = section.Columns.ToArray(),
            ["Rows"] = section.Rows.Select(row => row.ToArray()).ToArray(),
        }).ToArray();
        return all;
    }

    /// <summary>Drifts.</summary>
    public static BusDictionary[] Write(IEnumerable<DriftReport> drifts) => [.. drifts.Select(Write)];

    /// <summary>What came of a check.</summary>
    public static BusDictionary Write(ReconcileReport report) => new()
    {
        ["InSync"] = report.InSync,
        ["Repaired"] = (uint)report.Repaired,
        ["Remaining"] = (uint)report.Remaining,
        ["Failures"] = report.Failures.ToArray(),
    };

    /// <summary>The status that was written.</summary>
    public static GuardStatus ReadStatus(BusDictionary from) => new()
    {
        Version = from.Text("Version") ?? "",
        Mode = from.Text("Mode") ?? "",
        State = from.Text("State") ?? "",
        LastCheck = Time(from, "LastCheck"),
        DriftCount = (long)from.Get("DriftCount", 0UL),
        RepairCount = (long)from.Get("RepairCount", 0UL),
        CheckCount = (long)from.Get("CheckCount", 0UL),
        ConnectionsCut = (long)from.Get("ConnectionsCut", 0UL),
        RulesHealed = (long)from.Get("RulesHealed", 0UL),
        PausedUntil = Time(from, "PausedUntil"),
        Since = Time(from, "Since") ?? default,
        Started = Time(from, "Started") ?? default,
        Backend = from.Text("Backend") ?? "",
        Config = from.Text("Config") ?? "",
        Failures = from.Get<string[]>("Failures", []).ToValueList(),
        Drift = ReadDrifts(from.Get<BusDictionary[]>("Drift", [])),
        DriftLeftOut = (int)from.Get("DriftLeftOut", 0U),
        Recent = ReadDrifts(from.Get<BusDictionary[]>("Recent", [])),
        Waiting = from.Get<string[]>("Waiting", []).ToValueList(),
        Contention = from.Get<BusDictionary[]>("Contention", [])
            .Select(one => new ContentionReport(one.Text("About") ?? "", (int)one.Get("Rounds", 0U), one.Text("By") ?? "")).ToValueList(),
        GapMedian = from.Get("GapMedianUsec", 0.0),
        GapP99 = from.Get("GapP99Usec", 0.0),
        GapLongest = from.Get("GapLongestUsec", 0.0),
        Sections = from.Get<BusDictionary[]>("Sections", []).Select(section => new StatusSection(
            section.Text("Title") ?? "",
            section.Get<string[]>("Columns", []).ToValueList(),
            section.Get<string[][]>("Rows", []).Select(row => row.ToValueList()).ToValueList())).ToValueList(),
    };

    /// <summary>The drifts that were written.</summary>
    public static ValueList<DriftReport> ReadDrifts(IEnumerable<BusDictionary> from) => from.Select(ReadDrift).ToValueList();

    /// <summary>What came of a check, as it was written.</summary>
    public static ReconcileReport ReadReport(BusDictionary from) => new(
        from.Get("InSync", false), (int)from.Get("Repaired", 0U), (int)from.Get("Remaining", 0U), from.Get<string[]>("Failures", []).ToValueList());

    /// <summary>A time; 0 for none.</summary>
    public static ulong Time(DateTimeOffset? time) =>
        time is { } at ? (ulong)Math.Max(0, (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond) : 0;

    /// <summary>The time that was written.</summary>
    public static DateTimeOffset? Time(ulong microseconds) =>
        microseconds is 0 or > long.MaxValue / 100 ? null : DateTimeOffset.UnixEpoch.AddTicks((long)microseconds * TimeSpan.TicksPerMicrosecond);

    private static DateTimeOffset? Time(BusDictionary from, string key) => Time(from.Get(key, 0UL));

    private static BusDictionary Write(DriftReport drift)
    {
        var one = new BusDictionary
        {
            ["Kind"] = drift.Kind,
            ["Place"] = drift.Place,
            ["What"] = drift.What,
            ["At"] = Time(drift.At),
            ["By"] = drift.By,
            ["ByPid"] = (uint)drift.ByPid,
            ["ByComm"] = drift.ByComm,
            ["Repaired"] = drift.IsRepaired,
        };
        one.AddIfAny("Family", drift.Family);
        one.AddIfAny("Table", drift.Table);
        one.AddIfAny("Chain", drift.Chain);
        one.AddIfAny("Rule", drift.Rule);
        one.AddIfAny("Sysctl", drift.Sysctl);
        one.AddIfAny("Expected", drift.Expected);
        one.AddIfAny("Actual", drift.Actual);
        one.AddIfAny("Note", drift.Note);
        one.AddIfAny("ByCmdline", drift.ByCommandLine);
        one.AddIfAny("GapUsec", drift.Gap is { } gap ? (ulong)gap.TotalMicroseconds : null);
        return one;
    }

    private static DriftReport ReadDrift(BusDictionary from) =>
        new(from.Text("Kind") ?? "", from.Text("Place") ?? "", from.Text("What") ?? "", Time(from, "At") ?? default)
        {
            Family = from.Text("Family"),
            Table = from.Text("Table"),
            Chain = from.Text("Chain"),
            Rule = from.Text("Rule"),
            Sysctl = from.Text("Sysctl"),
            Expected = from.Text("Expected"),
            Actual = from.Text("Actual"),
            Note = from.Text("Note"),
            By = from.Text("By") ?? "",
            ByPid = (int)from.Get("ByPid", 0U),
            ByComm = from.Text("ByComm") ?? "",
            ByCommandLine = from.Text("ByCmdline"),
            Gap = from.TryGetValue("GapUsec", out var gap) && gap is ulong and < long.MaxValue / 10 ? TimeSpan.FromMicroseconds((ulong)gap) : null,
            IsRepaired = from.Get("Repaired", false),
        };
}
