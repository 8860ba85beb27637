namespace NetGuard.Daemon;

/// <summary>Why a check is due. Several reasons that come together are answered by one check.</summary>
[Flags]
public enum Triggers
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The daemon has just started.</summary>
    Start = 1,

    /// <summary>The backstop: nothing happened for the whole interval.</summary>
    Interval = 2,

    /// <summary>The configuration is to be read again.</summary>
    Reload = 4,

    /// <summary>The kernel told of a change.</summary>
    Kernel = 8,
}
