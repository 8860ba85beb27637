using NetGuard.Core.Control;

namespace NetGuard.Cli;

internal sealed record ReportJson(
    string Kind, string? Family, string? Table, string? Chain, string? Rule, string? Sysctl, string? Expected, string? Actual, string? Note,
    string What, DateTimeOffset At, bool Repaired, string By, int? ByPid, string ByComm, string? ByCmdline, long? GapUsec)
{
    public static ReportJson[] Of(IEnumerable<DriftReport> reports) => [.. reports.Select(Of)];

    public static ReportJson Of(DriftReport one) => new(
        one.Kind, one.Family, one.Table, one.Chain, one.Rule, one.Sysctl, one.Expected, one.Actual, one.Note, one.What, one.At, one.IsRepaired,
        one.By, one.ByPid == 0 ? null : one.ByPid, one.ByComm, one.ByCommandLine, (long?)one.Gap?.TotalMicroseconds);
}

internal sealed record ContentionJson(string About, int Rounds, string By);

internal sealed record GapJson(double MedianUsec, double P99Usec, double LongestUsec);

internal sealed record SectionJson(string Title, string[] Columns, string[][] Rows);

internal sealed record StatusJson(
    string State, DateTimeOffset Since, string Mode, string Version, DateTimeOffset Started, DateTimeOffset? LastCheck, DateTimeOffset? PausedUntil,
    string Backend, string Config, long DriftCount, long RepairCount, long CheckCount, long ConnectionsCut, long RulesHealed, string[] Failures, ReportJson[] Drift, int DriftLeftOut,
    ReportJson[] Recent, string[] Waiting, ContentionJson[] Contention, GapJson? Gap, SectionJson[] Sections)
{
    public static StatusJson Of(GuardStatus status) => new(
        status.State, status.Since, status.Mode, status.Version, status.Started, status.LastCheck, status.PausedUntil, status.Backend, status.Config,
        status.DriftCount, status.RepairCount, status.CheckCount, status.ConnectionsCut, status.RulesHealed, [.. status.Failures], ReportJson.Of(status.Drift), status.DriftLeftOut,
        ReportJson.Of(status.Recent), [.. status.Waiting], [.. status.Contention.Select(one => new ContentionJson(one.About, one.Rounds, one.By))],
        status.GapLongest > 0 ? new(Math.Round(status.GapMedian), Math.Round(status.GapP99), Math.Round(status.GapLongest)) : null,
        [.. status.Sections.Select(section => new SectionJson(section.Title, [.. section.Columns], [.. section.Rows.Select(row => row.ToArray())]))]);
}

internal sealed record PauseJson(DateTimeOffset PausedUntil);

internal sealed record ResumeJson(bool WasPaused);

internal sealed record ReloadJson(bool Reloaded, string[] Warnings, string[] Mistakes);

internal sealed record EventJson(string Event, DateTimeOffset At, string? State, string? Former, ReportJson? Drift, int? LeftOut);
