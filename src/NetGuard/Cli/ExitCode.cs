namespace NetGuard.Cli;

/// <summary>What the commands end with.</summary>
internal static class ExitCode
{
    /// <summary>All is well: valid, in sync, done.</summary>
    public const int Ok = 0;

    /// <summary>A mistake in the configuration, or something that could not be done.</summary>
    public const int Error = 1;

    /// <summary><c>diff</c> found drift.</summary>
    public const int Drift = 2;

    /// <summary>There is no daemon to talk to.</summary>
    public const int NotRunning = 3;

    /// <summary><c>daemon</c>: the configuration has mistakes. sysexits(3)'s EX_CONFIG, which systemd knows by name and netguard.service does not try again.</summary>
    public const int Configuration = 78;
}
