using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace NetGuard.Daemon;

/// <summary>One line for each event: with the time and the level for a person, with sd-daemon(3)'s priority prefix for journald.</summary>
/// <param name="journal">Whether journald reads.</param>
public sealed class LineFormatter(bool journal) : ITextFormatter
{
    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (journal)
        {
            output.Write($"<{Priority(logEvent.Level)}>");
        }
        else
        {
            output.Write(logEvent.Timestamp.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
            output.Write(Word(logEvent.Level));
        }

        foreach (var c in logEvent.MessageTemplate.Text.Length == 0 ? "" : Render(logEvent))
        {
            // Names of chains, files and processes are other people's: they must not make a line of their own or steer a terminal.
            output.Write(char.IsControl(c) ? '?' : c);
        }

        output.Write('\n');
    }

    private static string Render(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            // Serilog would put quotes around strings.
            if (token is Serilog.Parsing.PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value)
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
            text.Write($": {exception}".ReplaceLineEndings(" | "));
        }

        return text.ToString();
    }

    // syslog(3): 3 error, 4 warning, 6 information, 7 debug.
    private static int Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal => 2,
        LogEventLevel.Error => 3,
        LogEventLevel.Warning => 4,
        LogEventLevel.Information => 6,
        _ => 7,
    };

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Fatal or LogEventLevel.Error => "error    ",
        LogEventLevel.Warning => "warning  ",
        LogEventLevel.Information => "info     ",
        _ => "debug    ",
    };
}
