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

    /// <summary>A commit of nf_tables touched a guarded chain.</summary>
    Kernel = 8,

    /// <summary>A setting was written.</summary>
    Sysctl = 16,

    /// <summary>A tool of iptables-legacy has run.</summary>
    Legacy = 32,

    /// <summary>Events were lost: anything may have changed.</summary>
    Lost = 64,

    /// <summary>Docker has made or taken away something.</summary>
    Docker = 128,

    /// <summary>Somebody asked for a full check, or a pause is over.</summary>
    Asked = 256,
}
