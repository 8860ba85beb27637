using NetGuard.Journald;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace NetGuard.Daemon;

/// <summary>Where the daemon's lines go: to journald with their fields, where it listens, else to standard output.</summary>
public static class DaemonLog
{
    /// <summary>Opens it.</summary>
    /// <param name="debug">Whether to say more, stack traces among it.</param>
    public static Logger Open(bool debug)
    {
        var journal = JournalStream.IsConnected;
        var lines = new LineFormatter(journal, debug);
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(debug ? LogEventLevel.Debug : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        return (journal && JournalStream.TakesFields ? configuration.WriteTo.Sink(new JournalSink(lines, debug)) : configuration.WriteTo.Console(lines)).CreateLogger();
    }
}
