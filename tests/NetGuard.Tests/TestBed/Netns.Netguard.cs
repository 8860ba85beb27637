namespace NetGuard.Tests.TestBed;

/// <summary>NetGuard's executable, in the namespace.</summary>
public sealed partial class Netns
{
    /// <summary>Runs a command of NetGuard's to its end.</summary>
    public Task<ProgramResult> Netguard(params IReadOnlyList<string> arguments) => Run(NetguardBinary.Path, arguments);

    /// <summary>Starts the daemon in the foreground.</summary>
    public RunningProgram StartDaemon(string configPath, params IEnumerable<string> options) =>
        Start(NetguardBinary.Path, ["daemon", "--config", configPath, .. options], isAskedFirst: true);
}
