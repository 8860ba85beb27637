using System.Globalization;
using NetGuard.Core.Journal;
using Serilog.Events;
using Serilog.Parsing;

namespace NetGuard.Journald;

/// <summary>A log event as one line of text.</summary>
public static class EventText
{
    /// <summary>The message with its values, and what went wrong.</summary>
    /// <param name="logEvent">The event.</param>
    /// <param name="traces">Whether the reader wants stack traces; an administrator does not.</param>
    public static string Of(LogEvent logEvent, bool traces)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            // Serilog would put quotes around strings.
            if (token is PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value)
                && value is ScalarValue { Value: string plain })
            {
                text.Write(plain);
            }
            else
            {
                token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
            }
        }

        if (logEvent.Exception is { } exception)
        {
            text.Write(traces ? $": {exception}".ReplaceLineEndings(" | ") : $": {exception.Message}");
        }

        return OneLine.Of(text.ToString());
    }

    /// <summary>syslog(3)'s number for a level.</summary>
    public static int Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => 2,
        LogEventLevel.Error => 3,
        LogEventLevel.Warning => 4,
        LogEventLevel.Information => 6,
        _ => 7,
    };
}
