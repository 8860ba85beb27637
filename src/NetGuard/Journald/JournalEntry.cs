using System.Buffers;
using System.Globalization;
using System.Text;
using NetGuard.Core.Journal;
using Serilog.Events;

namespace NetGuard.Journald;

/// <summary>A log event as journald takes it: <c>NAME=value</c>, one after the other: systemd.journal-fields(7).</summary>
/// <remarks>
/// Each field goes with its length, so whatever a value holds, line breaks and zero bytes among it, stays in its field. The message is a single
/// line all the same, because people read it in lists.
/// </remarks>
public sealed class JournalEntry
{
    private const int MaxName = 64;

    private readonly ArrayBufferWriter<byte> _bytes = new(512);
    private readonly List<Range> _fields = [];

    private JournalEntry()
    {
    }

    /// <summary>All fields, one behind the other.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Where each is among <see cref="Bytes"/>.</summary>
    public IReadOnlyList<Range> Fields => _fields;

    /// <summary>Builds it: the message, its priority, and every property whose name is that of a journal field.</summary>
    public static JournalEntry Of(LogEvent logEvent, bool traces)
    {
        var entry = new JournalEntry();
        entry.Add("MESSAGE", EventText.Of(logEvent, traces));
        entry.Add("PRIORITY", EventText.Priority(logEvent.Level).ToString(CultureInfo.InvariantCulture));
        entry.Add("SYSLOG_IDENTIFIER", "netguard");
        foreach (var (name, value) in logEvent.Properties)
        {
            if (IsName(name) && value is ScalarValue { Value: string text })
            {
                entry.Add(name, text);
            }
        }

        return entry;
    }

    // Lower case is Serilog's and the libraries' own. A leading underscore is for what journald itself vouches for.
    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && (name == JournalField.MessageId || name.StartsWith("NETGUARD_", StringComparison.Ordinal))
        && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    private void Add(string name, string value)
    {
        var start = _bytes.WrittenCount;
        Encoding.UTF8.GetBytes(name, _bytes);
        _bytes.Write("="u8);
        Encoding.UTF8.GetBytes(value, _bytes);
        _fields.Add(start.._bytes.WrittenCount);
    }
}
