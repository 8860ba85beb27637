namespace NetGuard.Core.Docker;

/// <summary>What dockerd was told of <c>icc</c>, and where. It is for Docker's default bridge alone: other networks have an option of their own.</summary>
/// <param name="CommandLine"><c>--icc</c>; null where the command line does not say.</param>
/// <param name="Path">dockerd's configuration file; null where it cannot be told which it is.</param>
/// <param name="File"><c>"icc"</c> in that file, as it is now: dockerd reads it when it starts. Null where it does not say.</param>
/// <param name="Fault">Why the file tells nothing; null where it was read, or is not there and need not be.</param>
/// <remarks>
/// Neither goes before the other: dockerd refuses to start where both say it, even the same (moby, daemon/config: findConfigurationConflicts).
/// </remarks>
public sealed record DaemonIcc(bool? CommandLine, string? Path, bool? File, string? Fault)
{
    /// <summary>dockerd's own configuration file, unless it is told another.</summary>
    public const string DefaultPath = "/etc/docker/daemon.json";

    /// <summary>What a Docker that starts now would do; null where it would not start, or that cannot be told.</summary>
    public bool? Next => Path is null || Fault is not null || (CommandLine is not null && File is not null) ? null : CommandLine ?? File ?? true;
}
