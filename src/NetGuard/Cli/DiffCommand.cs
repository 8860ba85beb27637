using System.Globalization;
using NetGuard.Core.Control;
using NetGuard.Core.Diff;
using NetGuard.Core.State;
using NetGuard.Daemon;
using NetGuard.Xtables;

namespace NetGuard.Cli;

/// <summary><c>netguard diff</c>: what differs, and the very plan that <c>apply</c> would carry out.</summary>
internal static class DiffCommand
{
    public static async Task<int> RunAsync(string path, bool json, CancellationToken cancel)
    {
        Session.RequireNetAdmin("diff");
        var session = new Session();
        var preparation = await session.PrepareForContainersAsync(path, cancel).ConfigureAwait(false);
        var assessment = await session.Reconciler(preparation).AssessAsync(preparation.Desired, cancel).ConfigureAwait(false);
        if (json)
        {
            JsonShapes.Write(DiffJson.Of(preparation, assessment), JsonShapes.Printed.DiffJson);
        }
        else
        {
            Print(preparation, assessment);
        }

        return assessment.Drifts.Any(drift => drift.Kind == DriftKind.Unreadable) ? ExitCode.Error
            : assessment.Drifts.Count > 0 ? ExitCode.Drift
            : ExitCode.Ok;
    }

    private static void Print(Preparation preparation, Assessment assessment)
    {
        foreach (var warning in preparation.Warnings.Concat(preparation.DockerWarnings()))
        {
            Console.WriteLine($"warning: {warning}");
        }

        if (assessment.Drifts.Count > 0)
        {
            DriftTable.Write(assessment.Drifts);
            Console.WriteLine();
        }

        foreach (var section in new[]
        {
            DockerSections.Links(preparation.Config.Docker, preparation.Topology), DockerSections.Exposed(preparation.Config.Docker, preparation.Topology),
        }.OfType<StatusSection>())
        {
            Console.WriteLine(Terminal.Strong($"{section.Title}:"));
            Terminal.WriteTable([.. section.Columns], [.. section.Rows.Select(row => row.ToArray())]);
            Console.WriteLine();
        }

        foreach (var waiting in assessment.Waiting)
        {
            Console.WriteLine($"waiting: {WaitingText.Of(waiting)}");
        }

        var plan = assessment.PlanLines(XtablesTools.Variant(preparation.Choice.Backend)).ToList();
        if (plan.Count > 0)
        {
            Console.WriteLine(Terminal.Strong("netguard apply would do:"));
            foreach (var line in plan)
            {
                Console.WriteLine($"  {Terminal.Clean(line)}");
            }

            Console.WriteLine();
        }

        Console.WriteLine(assessment.Drifts.Count == 0
            ? $"{Terminal.Good("in sync")} (iptables-{preparation.Choice.Backend.Name()})"
            : string.Create(CultureInfo.InvariantCulture, $"{Terminal.Bad("drift")}: {assessment.Drifts.Count} (iptables-{preparation.Choice.Backend.Name()})"));
    }
}
