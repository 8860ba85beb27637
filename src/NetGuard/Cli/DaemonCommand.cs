using NetGuard.Core.Ports;
using NetGuard.Daemon;
using NetGuard.Journald;

namespace NetGuard.Cli;

/// <summary><c>netguard daemon</c>: the service.</summary>
internal static class DaemonCommand
{
    // When journald reads a message it looks up in /proc whose service sent it. Of a process that has ended by then, journalctl -u shows nothing.
    private static readonly TimeSpan UntilJournaldHasRead = TimeSpan.FromMilliseconds(500);

    public static async Task<int> RunAsync(string path, bool debug, CancellationToken cancel)
    {
        await using var log = DaemonLog.Open(debug);
        try
        {
            Session.RequireNetAdmin("daemon");
            TrialPlace.RequireNone();
            var session = new Session();
            var preparation = await session.PrepareAsync(path, cancel).ConfigureAwait(false);
            using var only = await InstanceLock.TakeAsync(TimeProvider.System, cancel).ConfigureAwait(false);
            PoolThreads.Make();
            await DaemonHost.RunAsync(preparation, path, session.Launcher, session.Settings, log, only, cancel).ConfigureAwait(false);
            return ExitCode.Ok;
        }
        catch (Exception e) when (JournalStream.IsConnected && e is CommandFailure or XtablesException or IOException or UnauthorizedAccessException)
        {
            // On standard error the journal would take it for one line of information among others.
            var failures = e is CommandFailure failure ? failure.Messages : [e.Message];
            foreach (var message in failures)
            {
                new GuardLog(log, TimeProvider.System).StartRefused(message);
            }

            await Task.Delay(UntilJournaldHasRead, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            return e is CommandFailure { IsOfTheConfiguration: true } ? ExitCode.Configuration : ExitCode.Error;
        }
        catch (CommandFailure e) when (e.IsOfTheConfiguration)
        {
            throw new CommandFailure(e.Messages) { ExitCode = ExitCode.Configuration };
        }
    }
}
