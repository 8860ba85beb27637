using NetGuard.Core.Config;
using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary><c>netguard pause</c>: nothing is repaired for a while.</summary>
internal static class PauseCommand
{
    public static Task<int> RunAsync(string text, bool json, CancellationToken cancel)
    {
        if (Duration.Read(text, out var length) is { } fault)
        {
            throw new CommandFailure($"netguard pause: \"{text}\" is {fault}");
        }

        if (length.Milliseconds > 0)
        {
            throw new CommandFailure($"netguard pause: \"{text}\" is not in whole seconds");
        }

        return Task.FromResult(Talk.With($"pause {text}", client =>
        {
            var until = client.Pause(length);
            if (json)
            {
                JsonShapes.Write(new(until), JsonShapes.Printed.PauseJson);
            }
            else
            {
                Console.WriteLine($"{Terminal.Bad("paused")} until {ClockText.Of(until)}: drift is told of and not repaired (netguard resume ends it)");
            }

            return ExitCode.Ok;
        }, cancel));
    }
}
