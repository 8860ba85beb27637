using System.Globalization;
using System.Runtime.InteropServices;
using NetGuard.Core.Config;
using NetGuard.Daemon;
using NetGuard.Interop;

namespace NetGuard.Cli;

/// <summary>
/// <c>netguard apply --confirm</c>. What applies and takes back is a process of its own, away from the terminal from the beginning: the one
/// that the administrator has started only shows what it says, and may go with its connection.
/// </summary>
internal static class TrialCommand
{
    /// <summary>The name of the process that is left running. Nobody needs to start it by hand; whoever does gets the same, without the terminal.</summary>
    public const string Name = "trial";

    /// <summary>What an answer begins with that tells of a failure.</summary>
    public const string NotDone = "not ";

    // What a shell makes of an end by a signal.
    private const int KilledBySignal = 128;

    /// <summary>Starts the trial and shows what it says, for as long as the terminal lives.</summary>
    public static async Task<int> BeginAsync(string path, string within, bool json, CancellationToken cancel)
    {
        Session.RequireNetAdmin("apply");
        _ = Window(within);
        var self = Environment.ProcessPath ?? throw new IOException("/proc is not there: a trial cannot be started");
        string[] arguments = [Name, "--config", Path.GetFullPath(path), "--confirm", within, .. json ? (string[])["--json"] : []];
        using var trial = new Session().Launcher.Start(new(self, arguments));
        using var interrupted = cancel.Register(() =>
        {
            // Whoever interrupts does not mean to wait. The end of this process, which closes the pipe as well, says nothing.
            trial.StandardInput.WriteLine(TrialWord.RollBack);
            trial.StandardInput.Flush();
        });
        await Task.WhenAll(
            ShowAsync(trial.StandardOutput.BaseStream, Console.OpenStandardOutput()),
            ShowAsync(trial.StandardError.BaseStream, Console.OpenStandardError())).ConfigureAwait(false);
        await trial.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        if (trial.ExitCode > KilledBySignal && TrialPlace.IsOrphaned)
        {
            Console.Error.WriteLine("netguard: the process that was to take the changes back was killed: they are taken back now");
            await ConfirmCommand.TakeBackOrphanAsync(CancellationToken.None).ConfigureAwait(false);
            return ExitCode.Error;
        }

        return trial.ExitCode;
    }

    /// <summary>The trial itself: applies, waits, and takes back unless somebody confirms.</summary>
    public static async Task<int> RunAsync(string path, string within, bool json)
    {
        Session.RequireNetAdmin("apply");
        var window = Window(within);
        _ = Libc.SetSid(); // Fails where it is the leader already, and then all is well.
        using var stop = new CancellationTokenSource();
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));

        using var place = TrialPlace.Take();
        if (InstanceLock.Daemon is { } daemon)
        {
            throw new CommandFailure(string.Create(CultureInfo.InvariantCulture, $"netguard: a daemon (pid {daemon}) guards this network namespace: put the configuration on trial with netguard reload --confirm {within}, or stop the daemon first"));
        }

        TrialPlace.Superseded();
        var session = new Session();
        var preparation = await session.PrepareForContainersAsync(path, stop.Token).ConfigureAwait(false);
        var trial = await Trial.BeginAsync(preparation, session.Sysctls, session.Sysctls.Interfaces(), TimeProvider.System, stop.Token).ConfigureAwait(false);
        TrialPlace.Write(trial.Before);
        var applied = false;
        try
        {
            // From here on nothing is left half done: what was asked to stop is applied first and then taken back.
            var outcome = await session.Reconciler(preparation).ReconcileAsync(preparation.Desired, CancellationToken.None).ConfigureAwait(false);
            await trial.AppliedAsync(CancellationToken.None).ConfigureAwait(false);
            applied = true;
            if (!json)
            {
                ApplyCommand.Print(preparation, outcome);
            }

            ApplyCommand.Complain(outcome.Failures);
            if (trial.ChangedNothing)
            {
                TrialPlace.Forget();
                Report(preparation, outcome, null, json, "nothing was changed: there is nothing to confirm");
                return outcome.InSync ? ExitCode.Ok : ExitCode.Error;
            }

            if (!json)
            {
                Console.WriteLine($"on trial: say netguard confirm from another connection within {within}, or all this is taken back (netguard confirm --rollback, or Ctrl-C: at once)");
            }

            var (word, answer) = await DecideAsync(place, window, stop.Token).ConfigureAwait(false);
            var undone = word == TrialWord.Confirm ? null : await trial.RollBackAsync(applied, CancellationToken.None).ConfigureAwait(false);
            if (undone is null or { Failures.Count: 0 })
            {
                TrialPlace.Forget();
            }

            var verdict = undone is null ? "confirmed" : undone.Failures.Count == 0 ? "taken back" : $"{NotDone}taken back: {string.Join("; ", undone.Failures)}";
            await answer(Terminal.Clean(verdict)).ConfigureAwait(false);
            Report(preparation, outcome, undone, json, Terminal.Good("confirmed"));
            return undone is null && outcome.InSync ? ExitCode.Ok : ExitCode.Error;
        }
        catch (Exception e) when (!applied)
        {
            Console.Error.WriteLine($"netguard: {Terminal.Clean(e.Message)}: what was changed is taken back");
            Tell(await trial.RollBackAsync(applied, CancellationToken.None).ConfigureAwait(false));
            TrialPlace.Forget();
            return ExitCode.Error;
        }
    }

    /// <summary>Says what was taken back and what was not.</summary>
    public static void Tell(TrialUndone undone)
    {
        foreach (var line in undone.Done)
        {
            Console.WriteLine($"  {Terminal.Clean(line)}");
        }

        foreach (var left in undone.Left)
        {
            Console.WriteLine($"left: {Terminal.Clean(left)}");
        }

        ApplyCommand.Complain(undone.Failures);
        Console.WriteLine(undone.Failures.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Terminal.Bad("taken back")}: {undone.Done.Count} changes")
            : Terminal.Bad("not taken back: netguard confirm --rollback tries again"));
    }

    /// <summary>How long to wait to be confirmed.</summary>
    /// <exception cref="CommandFailure">It is no duration.</exception>
    public static TimeSpan Window(string within) =>
        Duration.Read(within, out var window) is { } fault ? throw new CommandFailure($"netguard: --confirm {within}: {fault}") : window;

    private static void Report(Preparation preparation, Outcome outcome, TrialUndone? undone, bool json, string good)
    {
        if (json)
        {
            JsonShapes.Write(
                ApplyJson.Of(preparation, outcome) with { Confirmed = undone is null, RolledBack = undone is null ? null : [.. undone.Done], NotRolledBack = undone is null ? null : [.. undone.Left, .. undone.Failures] },
                JsonShapes.Printed.ApplyJson);
        }
        else if (undone is not null)
        {
            Tell(undone);
        }
        else
        {
            Console.WriteLine(good);
        }
    }

    // What comes first decides: a word on the socket, an interruption, or the end of the time.
    private static async Task<(TrialWord Word, Func<string, Task> Answer)> DecideAsync(TrialPlace place, TimeSpan window, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        over.CancelAfter(window);
        _ = Task.Run(
            () =>
            {
                if (Console.In.ReadLine() is { } line && line == nameof(TrialWord.RollBack))
                {
                    Cancel(over);
                }
            },
            CancellationToken.None);
        try
        {
            return await place.HearAsync(over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return (TrialWord.RollBack, _ => Task.CompletedTask);
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was decided in this moment.
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }

    private static async Task ShowAsync(Stream from, Stream to)
    {
        var buffer = new byte[4096];
        while (await from.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
        {
            try
            {
                await to.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
                await to.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // Whoever read this is gone; the trial goes on.
            }
        }
    }
}
