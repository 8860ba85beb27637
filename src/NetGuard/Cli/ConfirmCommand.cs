using NetGuard.Daemon;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary><c>netguard confirm</c>: what is on trial stays, or goes at once.</summary>
internal static class ConfirmCommand
{
    public static async Task<int> RunAsync(bool rollback, CancellationToken cancel)
    {
        Session.RequireNetAdmin("confirm");
        if (await TrialPlace.AskAsync(rollback ? TrialWord.RollBack : TrialWord.Confirm, cancel).ConfigureAwait(false) is { } answer)
        {
            Console.WriteLine(answer);
            return answer.StartsWith(TrialCommand.NotDone, StringComparison.Ordinal) ? ExitCode.Error : ExitCode.Ok;
        }

        if (!TrialPlace.IsOrphaned && InstanceLock.Daemon is not null)
        {
            return Talk.With("confirm", client =>
            {
                client.Confirm(keep: !rollback);
                Console.WriteLine(rollback ? "taken back" : "confirmed");
                return ExitCode.Ok;
            }, cancel);
        }

        if (!TrialPlace.IsOrphaned)
        {
            throw new CommandFailure("netguard: nothing is on trial here: it was decided already, or there was none (netguard diff shows what holds)");
        }

        if (!rollback)
        {
            TrialPlace.Forget();
            Console.WriteLine("confirmed; the process that would have taken the changes back had been killed");
            return ExitCode.Ok;
        }

        return await TakeBackOrphanAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Takes back what a killed trial has left.</summary>
    public static async Task<int> TakeBackOrphanAsync(CancellationToken cancel)
    {
        try
        {
            using var place = TrialPlace.Take();
            var record = TrialPlace.ReadRecord() ?? throw new CommandFailure("netguard: nothing is on trial here");
            var session = new Session();
            var choice = await BackendChoice.MakeAsync(session.Launcher, record.Backend, cancel).ConfigureAwait(false);
            var undone = await new Trial(NftXtables.Of(choice, record.Matters), session.Sysctls, TimeProvider.System, record).RollBackAsync(applied: false, cancel).ConfigureAwait(false);
            TrialCommand.Tell(undone);
            if (undone.Failures.Count == 0)
            {
                TrialPlace.Forget();
            }

            return undone.Failures.Count == 0 ? ExitCode.Ok : ExitCode.Error;
        }
        catch (FormatException e)
        {
            throw new CommandFailure($"netguard: what a killed trial has left behind cannot be read ({e.Message}): say netguard apply, which supersedes it");
        }
    }
}
