using System.Globalization;
using NetGuard.Journald;
using Serilog.Events;
using Serilog.Formatting;

namespace NetGuard.Daemon;

/// <summary>One line for each event: with the time and the level for a person, with sd-daemon(3)'s priority prefix for journald.</summary>
/// <param name="journal">Whether journald reads.</param>
/// <param name="traces">Whether the reader wants stack traces.</param>
public sealed class LineFormatter(bool journal, bool traces) : ITextFormatter
{
    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (journal)
        {
            output.Write($"<{EventText.Priority(logEvent.Level)}>");
        }
        else
        {
            output.Write(logEvent.Timestamp.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
            output.Write(Word(logEvent.Level));
        }

        output.Write(EventText.Of(logEvent, traces));
        output.Write('\n');
    }

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal or LogEventLevel.Error => "error    ",
        LogEventLevel.Warning => "warning  ",
        LogEventLevel.Information => "info     ",
        _ => "debug    ",
    };
}
