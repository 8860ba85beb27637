using NetGuard.Interop;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace NetGuard.Journald;

/// <summary>Writes to journald, field by field.</summary>
/// <param name="fallback">How an event is written to standard output, which journald reads as well, should it not take it this way.</param>
/// <param name="traces">Whether the reader wants stack traces.</param>
public sealed class JournalSink(ITextFormatter fallback, bool traces) : ILogEventSink
{
    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        if (Send(JournalEntry.Of(logEvent, traces)) < 0)
        {
            fallback.Format(logEvent, Console.Out);
        }
    }

    private static unsafe int Send(JournalEntry entry)
    {
        Span<Libsystemd.IoVector> fields = stackalloc Libsystemd.IoVector[entry.Fields.Count];
        fixed (byte* bytes = entry.Bytes)
        {
            for (var i = 0; i < fields.Length; i++)
            {
                var (offset, length) = entry.Fields[i].GetOffsetAndLength(entry.Bytes.Length);
                fields[i] = new() { Start = (nint)(bytes + offset), Length = (nuint)length };
            }

            return Libsystemd.SendToJournal(fields, fields.Length);
        }
    }
}
