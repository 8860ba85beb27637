using NetGuard.Core.Config;
using NetGuard.Core.Docker;

namespace NetGuard.Core.Policy;

/// <summary>Finds where Docker's own setting for a bridge is another than the declared one. The declared one holds; but only while NetGuard's rules do.</summary>
public static class IccDisagreement
{
    /// <summary>One line for each network.</summary>
    public static IEnumerable<string> Of(DockerConfig config, Topology topology) =>
        from network in topology.Networks
        let icc = config.IccOf(network.Name)
        where network.Name != DockerNetwork.GatewayBridge
        where (icc, network.Icc) is (IccMode.Deny, true) or (IccMode.Allow, false)
        select icc == IccMode.Deny
            ? $"icc is deny on {EngineText.Name(network.Name)} ({network.Bridge}), where Docker itself allows it: NetGuard's rule alone denies it ({Where(network, "false")} would make Docker deny it, too)"
            : $"icc is allow on {EngineText.Name(network.Name)} ({network.Bridge}), where Docker itself denies it: NetGuard's rule alone allows it ({Where(network, "true")} would make Docker allow it, too)";

    // Docker's default bridge takes it from dockerd, all others from their options.
    private static string Where(DockerNetwork network, string value) => network.Name == "bridge"
        ? $"\"icc\": {value} in /etc/docker/daemon.json, or dockerd --icc={value}"
        : $"docker network create -o com.docker.network.bridge.enable_icc={value}";
}
