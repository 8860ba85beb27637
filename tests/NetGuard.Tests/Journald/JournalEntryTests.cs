using System.Text;
using NetGuard.Journald;
using Serilog.Events;
using Serilog.Parsing;
using Xunit;

namespace NetGuard.Tests.Journald;

public class JournalEntryTests
{
    [Fact]
    public void OnlyFieldsOfNetGuardsOwnReachTheJournal()
    {
        var entry = JournalEntry.Of(
            Event("{Line}", ("Line", "hello"), ("NETGUARD_KIND", "missing"), ("MESSAGE_ID", "0123"), ("_UID", "0"), ("NETGUARD_x", "y"), ("PRIORITY", "7"), ("SourceContext", "z")),
            traces: false);
        Assert.Equal(
            ["MESSAGE=hello", "MESSAGE_ID=0123", "NETGUARD_KIND=missing", "PRIORITY=4", "SYSLOG_IDENTIFIER=netguard"],
            Fields(entry).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AValueIsKeptAsItIsAndTheMessageIsOneLine()
    {
        var entry = JournalEntry.Of(Event("{Line}", ("Line", "a\nb\u0000c\u202ed\ud800"), ("NETGUARD_ACTUAL", "a\nPRIORITY=0\u0000")), traces: false);
        Assert.Contains("MESSAGE=a?b?c?d\ufffd", Fields(entry));
        Assert.Contains("NETGUARD_ACTUAL=a\nPRIORITY=0\u0000", Fields(entry));
    }

    [Fact]
    public void AStackTraceIsOnlyForWhoWantsIt()
    {
        Exception thrown;
        try
        {
            throw new InvalidOperationException("it broke");
        }
        catch (InvalidOperationException e)
        {
            thrown = e;
        }

        Assert.Equal("failed: it broke", EventText.Of(Event("failed", thrown), traces: false));
        var told = EventText.Of(Event("failed", thrown), traces: true);
        Assert.Contains(nameof(AStackTraceIsOnlyForWhoWantsIt), told, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told);
    }

    private static List<string> Fields(JournalEntry entry)
    {
        var fields = new List<string>();
        foreach (var range in entry.Fields)
        {
            fields.Add(Encoding.UTF8.GetString(entry.Bytes[range]));
        }

        return fields;
    }

    private static LogEvent Event(string template, params (string Name, string Value)[] properties) => new(
        DateTimeOffset.UnixEpoch, LogEventLevel.Warning, null, new MessageTemplateParser().Parse(template),
        properties.Select(property => new LogEventProperty(property.Name, new ScalarValue(property.Value))));

    private static LogEvent Event(string template, Exception exception) => new(
        DateTimeOffset.UnixEpoch, LogEventLevel.Error, exception, new MessageTemplateParser().Parse(template), []);
}
