using NetGuard.Daemon;

namespace NetGuard.Cli;

/// <summary><c>netguard daemon</c>: the service.</summary>
internal static class DaemonCommand
{
    public static async Task<int> RunAsync(string path, bool debug, CancellationToken cancel)
    {
        Session.RequireNetAdmin("daemon");
        TrialPlace.RequireNone();
        var session = new Session();
        var preparation = await session.PrepareAsync(path, cancel).ConfigureAwait(false);
        using var only = InstanceLock.Take();
        await DaemonHost.RunAsync(preparation, path, session.Launcher, session.Settings, debug, cancel).ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
