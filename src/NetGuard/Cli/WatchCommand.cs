using System.Globalization;
using System.Text.Json;
using NetGuard.Core.Control;
using NetGuard.DBus;

namespace NetGuard.Cli;

/// <summary><c>netguard watch</c>: what happens, as it happens, until Ctrl-C.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // However much happens, nobody reads faster, and the daemon has better things to do.
    private static readonly TimeSpan BetweenDraws = TimeSpan.FromMilliseconds(250);

    public static Task<int> RunAsync(bool json, CancellationToken cancel) => Task.FromResult(Talk.With("watch", client =>
    {
        try
        {
            var status = client.GetStatus();
            if (!json && Terminal.IsInteractive)
            {
                Live(client, cancel);
            }
            else
            {
                Lines(client, status.State, json, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how a watch ends.
        }

        return ExitCode.Ok;
    }, cancel));

    private static void Lines(GuardClient client, string state, bool json, CancellationToken cancel)
    {
        var print = json ? (Action<GuardSignal>)PrintJson : PrintLine;
        client.Listen(print);
        print(new(GuardSignalKind.State) { State = state });
        while (!cancel.IsCancellationRequested && !Terminal.IsOutputClosed)
        {
            client.Wait(Tick);
        }
    }

    // A screen of its own, so that what was there before comes back in the end.
    private static void Live(GuardClient client, CancellationToken cancel)
    {
        var isGone = false;
        client.Listen(signal => isGone = signal.Kind == GuardSignalKind.Gone || signal.Kind != GuardSignalKind.Started && isGone);
        Console.Write("\e[?1049h\e[?25l");
        try
        {
            var drawnAt = TimeProvider.System.GetTimestamp() - TimeProvider.System.TimestampFrequency;
            while (!cancel.IsCancellationRequested)
            {
                var rest = BetweenDraws - TimeProvider.System.GetElapsedTime(drawnAt);
                if (rest <= TimeSpan.Zero)
                {
                    Draw(isGone ? null : client);
                    (drawnAt, rest) = (TimeProvider.System.GetTimestamp(), Tick);
                }

                client.Wait(rest);
            }
        }
        finally
        {
            Console.Write("\e[?25h\e[?1049l");
        }
    }

    private static void Draw(GuardClient? client)
    {
        // A terminal that does not say how large it is says 0.
        var (width, height) = (Console.WindowWidth > 0 ? Console.WindowWidth : 80, Console.WindowHeight > 2 ? Console.WindowHeight : 24);
        var lines = client is not null && Status(client) is { } status
            ? StatusText.Lines(status, TimeProvider.System.GetUtcNow(), width).ToList()
            : [Terminal.Bad("the daemon is gone"), "waiting for it to come back"];
        var shown = lines.Count < height ? lines : [.. lines.Take(height - 2), "…"];
        Console.Write($"\e[H{string.Concat(shown.Select(line => $"{line}\e[K\n"))}\e[J");
    }

    // The signal that it is gone may still be on its way.
    private static GuardStatus? Status(GuardClient client)
    {
        try
        {
            return client.GetStatus();
        }
        catch (NotRunningException)
        {
            return null;
        }
    }

    private static void PrintLine(GuardSignal signal)
    {
        var time = TimeProvider.System.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture);
        foreach (var line in Texts(signal))
        {
            Console.WriteLine(time + line);
        }
    }

    private static IEnumerable<string> Texts(GuardSignal signal) => signal.Kind switch
    {
        GuardSignalKind.State => [$"state {StatusText.Word(signal.State)}{(signal.Former.Length > 0 ? $", was {Terminal.Clean(signal.Former)}" : "")}"],
        GuardSignalKind.Gone => [$"{Terminal.Bad("the daemon is gone")}: waiting for it to come back"],
        GuardSignalKind.Started => ["the daemon has started"],
        _ => [.. signal.Drifts.Select(StatusText.Line), .. signal.LeftOut > 0 ? [Whole($"and {signal.LeftOut} more")] : Array.Empty<string>()],
    };

    private static void PrintJson(GuardSignal signal)
    {
        var now = TimeProvider.System.GetUtcNow();
        IEnumerable<EventJson> events = signal.Kind switch
        {
            GuardSignalKind.State => [new("state", now, signal.State, signal.Former.Length > 0 ? signal.Former : null, null, null)],
            GuardSignalKind.Gone => [new("gone", now, null, null, null, null)],
            GuardSignalKind.Started => [new("started", now, null, null, null, null)],
            _ =>
            [
                .. signal.Drifts.Select(drift => new EventJson(Name(signal.Kind), now, null, null, ReportJson.Of(drift), null)),
                .. signal.LeftOut > 0 ? [new EventJson(Name(signal.Kind), now, null, null, null, signal.LeftOut)] : Array.Empty<EventJson>(),
            ],
        };
        foreach (var one in events)
        {
            Console.WriteLine(JsonSerializer.Serialize(one, JsonShapes.OnALine.EventJson));
        }
    }

    private static string Name(GuardSignalKind kind) => kind == GuardSignalKind.Repaired ? "repaired" : "drift";

    private static string Whole(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
