namespace NetGuard.Core.Control;

/// <summary>How the guarded host stands, in one word. Where several hold, the last of this list is told.</summary>
public enum GuardCondition
{
    /// <summary>All that was declared holds.</summary>
    Ok,

    /// <summary>All that can hold does; something waits for a chain that is not there yet.</summary>
    Waiting,

    /// <summary>Something differs and is left so: audit mode, or the moment before its repair.</summary>
    Drifted,

    /// <summary>Something differs that could not be repaired, or could not be read: it is tried again.</summary>
    Degraded,

    /// <summary>Repairs are paused.</summary>
    Paused,
}

/// <summary>How a condition is written.</summary>
public static class GuardConditionNames
{
    /// <summary>The word on D-Bus and in JSON: <c>degraded</c>.</summary>
    public static string Name(this GuardCondition condition) => condition.ToString().ToLowerInvariant();
}
