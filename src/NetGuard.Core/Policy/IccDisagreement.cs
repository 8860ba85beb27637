using NetGuard.Core.Config;
using NetGuard.Core.Docker;

namespace NetGuard.Core.Policy;

/// <summary>Finds where Docker's own setting for a bridge is another than the declared one. The declared one holds; but only while NetGuard's rules do.</summary>
public static class IccDisagreement
{
    private const string Option = "com.docker.network.bridge.enable_icc";

    /// <summary>One line for each network, and one for what keeps Docker from starting again.</summary>
    public static IEnumerable<string> Of(DockerConfig config, Topology topology) =>
        from network in topology.Networks
        let icc = config.IccOf(network.Name)
        where icc != IccMode.Unmanaged && network.Name != DockerNetwork.GatewayBridge
        from line in network.IsDefault && topology.Daemon is { } daemon ? OfDefault(icc, network, daemon) : OfOther(icc, network)
        select line;

    /// <summary>Whether Docker alone would let the containers of a network reach each other, and where it says so: <c>no: --icc=false</c>.</summary>
    public static string DockersOwn(DockerNetwork network, Topology topology)
    {
        var daemon = network.IsDefault ? topology.Daemon : null;
        return (network.Icc, Told: daemon?.CommandLine ?? daemon?.File) switch
        {
            // What is not known to be said otherwise is Docker's default, but for the default bridge of an engine that does not say.
            (null, null) => network.IsDefault ? "not known" : "yes: default",
            ({ } icc, { } told) when icc != told => $"{Yes(icc)}: until it starts anew",
            (_, { } told) => $"{Yes(told)}: {(daemon!.CommandLine is null ? "daemon.json" : $"--icc={Json(told)}")}",
            ({ } icc, null) => $"{Yes(icc)}: {(!network.IsDefault ? "its option enable_icc" : icc && daemon is { Fault: null, Path: not null } ? "default" : "dockerd's setting")}",
        };
    }

    private static IEnumerable<string> OfOther(IccMode icc, DockerNetwork network) =>
        network.Icc is { } own && own != (icc == IccMode.Allow)
            ? [Line(icc, network, network.IsDefault ? "" : $", by the network's option {Option}={Json(own)}", Remedy(icc, network, null))]
            : [];

    private static IEnumerable<string> OfDefault(IccMode icc, DockerNetwork network, DaemonIcc daemon)
    {
        var wanted = icc == IccMode.Allow;
        if ((network.Icc ?? daemon.Next) is { } own && own != wanted)
        {
            yield return Line(icc, network, Source(own, daemon), Remedy(icc, network, daemon));
        }
        else if (daemon.Next == !wanted)
        {
            yield return $"icc is {Word(icc)} on {Place(network)}, and Docker itself has it so until it starts anew: then it {Does(!wanted)} it, by {Origin(!wanted, daemon)}";
        }

        if (daemon is { CommandLine: not null, File: not null })
        {
            yield return $"Docker does not start again as it is: icc is set by --icc on dockerd's command line and in {daemon.Path}, and it takes only one of them";
        }
    }

    private static string Line(IccMode icc, DockerNetwork network, string source, string remedy)
    {
        var wanted = icc == IccMode.Allow;
        return $"icc is {Word(icc)} on {Place(network)}, where Docker itself {Does(!wanted)} it{source}: NetGuard's rule comes first and {Does(wanted)} it ({remedy} would make Docker {Word(icc)} it, too)";
    }

    // The file says what will be, the engine what is: it has read the file when it started.
    private static string Source(bool own, DaemonIcc daemon) =>
        daemon.Next == !own ? $" until it starts anew (then it is as {Origin(!own, daemon)} has it)"
        : $", by {Origin(own, daemon)}";

    private static string Origin(bool own, DaemonIcc daemon) =>
        daemon.CommandLine == own ? $"--icc={Json(own)} on dockerd's command line"
        : daemon.File == own ? $"\"icc\": {Json(own)} in {daemon.Path}"
        : daemon is { Fault: { } fault } ? $"its default or its file, which NetGuard cannot judge ({daemon.Path} {fault})"
        : daemon.Path is null ? "its default or a configuration file that NetGuard does not know"
        : $"its default (neither dockerd's command line nor {daemon.Path} speaks of icc)";

    // Docker's default bridge takes it from dockerd, which does not start where both the file and the command line say it; all others from their options.
    private static string Remedy(IccMode icc, DockerNetwork network, DaemonIcc? daemon)
    {
        var value = Json(icc == IccMode.Allow);
        return !network.IsDefault ? $"docker network create -o {Option}={value}"
            : daemon is null ? $"\"icc\": {value} in {DaemonIcc.DefaultPath}, or dockerd --icc={value}"
            : daemon.Next == (icc == IccMode.Allow) ? "a restart of Docker"
            : daemon.CommandLine is not null ? $"dockerd --icc={value}"
            : $"\"icc\": {value} in {daemon.Path ?? DaemonIcc.DefaultPath}, with a restart,";
    }

    private static string Place(DockerNetwork network) => $"{EngineText.Name(network.Name)} ({network.Bridge})";

    private static string Word(IccMode icc) => icc == IccMode.Allow ? "allow" : "deny";

    private static string Does(bool allows) => allows ? "allows" : "denies";

    private static string Yes(bool allows) => allows ? "yes" : "no";

    private static string Json(bool value) => value ? "true" : "false";
}
