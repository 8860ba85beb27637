using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary><c>netguard apply</c>: one reconcile.</summary>
internal static class ApplyCommand
{
    public static async Task<int> RunAsync(string path, bool json, CancellationToken cancel)
    {
        Session.RequireNetAdmin("apply");
        TrialPlace.RequireNone();
        var session = new Session();
        var preparation = await session.PrepareForContainersAsync(path, cancel).ConfigureAwait(false);
        var outcome = await session.Reconciler(preparation).ReconcileAsync(preparation.Desired, cancel).ConfigureAwait(false);
        TrialPlace.Superseded();
        if (json)
        {
            JsonShapes.Write(ApplyJson.Of(preparation, outcome), JsonShapes.Printed.ApplyJson);
        }
        else
        {
            Print(preparation, outcome);
        }

        Complain(outcome.Failures);
        return outcome.InSync ? ExitCode.Ok : ExitCode.Error;
    }

    /// <summary>One line on standard error for each.</summary>
    public static void Complain(ValueList<string> failures)
    {
        foreach (var failure in failures)
        {
            Console.Error.WriteLine($"netguard: {Terminal.Clean(failure)}");
        }
    }

    /// <summary>Says what was repaired and what was not.</summary>
    public static void Print(Preparation preparation, Outcome outcome)
    {
        foreach (var warning in preparation.Warnings)
        {
            Console.WriteLine($"warning: {warning}");
        }

        Show("repaired:", outcome.Repaired);
        Show("still differs:", outcome.Remaining);
        foreach (var waiting in outcome.Waiting)
        {
            Console.WriteLine($"waiting: {WaitingText.Of(waiting)}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(outcome.InSync ? Terminal.Good("in sync") : Terminal.Bad("not in sync"))}: {outcome.Repaired.Count} repaired, {outcome.Remaining.Count} remaining, {outcome.Elapsed.TotalMilliseconds:0.0} ms (iptables-{preparation.Choice.Backend.Name()})"));
    }

    private static void Show(string title, ValueList<Core.Diff.Drift> drifts)
    {
        if (drifts.Count > 0)
        {
            Console.WriteLine(title);
            DriftTable.Write(drifts);
            Console.WriteLine();
        }
    }
}
