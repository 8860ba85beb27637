using NetGuard.Daemon;
using NetGuard.DBus;

namespace NetGuard.Cli;

/// <summary>What the commands that talk to the daemon have in common: how it ends where it does not come about.</summary>
internal static class Talk
{
    // The guarding comes first: a daemon is ready before it is on the bus.
    private static readonly TimeSpan UntilOnTheBus = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>Connects and talks.</summary>
    /// <param name="command">The command as it was typed, for advice.</param>
    /// <param name="talk">What is said.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="CommandFailure">There is no daemon, or it refuses.</exception>
    public static int With(string command, Func<GuardClient, int> talk, CancellationToken cancel)
    {
        try
        {
            return WhenOnTheBus(talk, cancel);
        }
        catch (NotRunningException e)
        {
            throw new CommandFailure($"netguard: {e.Message}") { ExitCode = ExitCode.NotRunning };
        }
        catch (BusException e) when (e.Name is NetGuard1.Error + "BadConfiguration")
        {
            throw new CommandFailure(e.Message.Split('\n')) { IsOfTheConfiguration = true };
        }
        catch (BusException e) when (e.Name is NetGuard1.StandardError + "AccessDenied" or NetGuard1.StandardError + "InteractiveAuthorizationRequired")
        {
            throw new CommandFailure($"netguard {command}: {e.Message} (sudo netguard {command})");
        }
        catch (BusException e)
        {
            throw new CommandFailure($"netguard {command}: {e.Message}");
        }
    }

    private static int WhenOnTheBus(Func<GuardClient, int> talk, CancellationToken cancel)
    {
        for (var since = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                using var client = GuardClient.Connect(cancel);
                return talk(client);
            }
            catch (NotRunningException e) when (e.IsNameFree && InstanceLock.Daemon is not null && TimeProvider.System.GetElapsedTime(since) < UntilOnTheBus)
            {
                cancel.WaitHandle.WaitOne(BetweenTries);
            }
        }
    }
}
