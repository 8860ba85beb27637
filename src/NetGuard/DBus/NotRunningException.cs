namespace NetGuard.DBus;

/// <summary>There is no daemon to ask.</summary>
internal sealed class NotRunningException(string message) : Exception(message);
