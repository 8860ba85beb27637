namespace NetGuard.Core.Journal;

/// <summary>How much a line matters. The numbers are syslog(3)'s, which journald's PRIORITY bears.</summary>
public enum Severity
{
    /// <summary>Something is not as it was declared, and stays so for now.</summary>
    Error = 3,

    /// <summary>Something was not as it was declared, or will not be what the administrator expects.</summary>
    Warning = 4,

    /// <summary>The course of things.</summary>
    Info = 6,
}
