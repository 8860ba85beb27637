namespace NetGuard.Core.Control;

/// <summary>Why a request was not carried out.</summary>
public enum RefusalKind
{
    /// <summary>The configuration has mistakes; the message tells each on a line of its own.</summary>
    BadConfiguration,

    /// <summary>The pause is too short or too long.</summary>
    BadDuration,

    /// <summary>Too many requests wait already.</summary>
    Busy,

    /// <summary>It was tried and failed.</summary>
    Failed,

    /// <summary>The daemon stops.</summary>
    Stopping,
}

/// <summary>A request to the daemon was not carried out.</summary>
/// <param name="kind">Why.</param>
/// <param name="message">The same for people.</param>
public sealed class ControlRefusedException(RefusalKind kind, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public RefusalKind Kind => kind;
}
