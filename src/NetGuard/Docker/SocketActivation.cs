namespace NetGuard.Docker;

/// <summary>
/// Where systemd holds Docker's socket, whoever connects starts Docker. An administrator who has stopped it does not want NetGuard to.
/// </summary>
public static class SocketActivation
{
    // systemd keeps one of these for each unit that is active: core/unit.c, unit_export_invocation_id.
    private const string Socket = "/run/systemd/units/invocation:docker.socket";
    private const string Service = "/run/systemd/units/invocation:docker.service";

    /// <summary>Whether a connection would start Docker.</summary>
    public static bool WouldStartDocker(string socket) =>
        IsDockers(socket) && IsThere(Socket) && !IsThere(Service);

    /// <summary>Whether this is the socket that docker.socket makes.</summary>
    public static bool IsDockers(string socket) => socket is "/run/docker.sock" or "/var/run/docker.sock";

    // They are links that lead nowhere.
    private static bool IsThere(string path) => new FileInfo(path) is var file && (file.Exists || file.LinkTarget is not null);
}
