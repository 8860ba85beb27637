namespace NetGuard.DBus;

/// <summary>There is no daemon to ask.</summary>
internal sealed class NotRunningException(string message) : Exception(message)
{
    /// <summary>Whether it is only that nobody has the name: a daemon that has just started may be about to take it.</summary>
    public bool IsNameFree { get; init; }
}
