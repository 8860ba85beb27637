using System.Collections;
using System.Globalization;
using NetGuard.Core.Attribution;
using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Journal;

/// <summary>What an event is about, field by field. What is not known has no field.</summary>
public sealed class EventFields : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>What has drifted.</summary>
    public static EventFields Of(Drift drift) => new EventFields()
        .With(JournalField.Kind, drift.Kind.Name())
        .About(drift.Family, drift.Chain, drift.Sysctl)
        .With(JournalField.Table, drift.Chain is null ? drift.Table?.Value : null)
        .With(JournalField.Rule, drift.Rule)
        .With(JournalField.Expected, drift.Expected)
        .With(JournalField.Actual, drift.Actual)
        .With(JournalField.Reason, drift.Note);

    /// <summary>A chain of a family, or a kernel setting.</summary>
    public EventFields About(Family? family, ChainKey? chain, SysctlKey? sysctl) =>
        With(JournalField.Family, family?.Name())
        .With(JournalField.Table, chain?.Table.ToString())
        .With(JournalField.Chain, chain?.Chain.ToString())
        .With(JournalField.Sysctl, sysctl?.ToString());

    /// <summary>Who did it.</summary>
    public EventFields By(Culprit culprit) =>
        With(JournalField.ByPid, culprit.Pid == 0 ? null : culprit.Pid.ToString(CultureInfo.InvariantCulture))
        .With(JournalField.ByComm, culprit.Name)
        .With(JournalField.ByCmdline, culprit.CommandLine)
        .With(JournalField.ByUnit, culprit.Unit);

    /// <summary>How long it was so.</summary>
    public EventFields Gap(TimeSpan? gap) =>
        With(JournalField.GapUsec, gap is { } length ? ((long)length.TotalMicroseconds).ToString(CultureInfo.InvariantCulture) : null);

    /// <summary>How many.</summary>
    public EventFields Count(int count) => With(JournalField.Count, count.ToString(CultureInfo.InvariantCulture));

    /// <summary>Another field; none where there is nothing to say.</summary>
    public EventFields With(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _fields.Add(new(name, value));
        }

        return this;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
