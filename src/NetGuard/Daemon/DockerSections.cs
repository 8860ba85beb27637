using NetGuard.Core.Config;
using NetGuard.Core.Control;
using NetGuard.Core.Docker;
using NetGuard.Core.Policy;
using NetGuard.Core.State;
using NetGuard.Docker;

namespace NetGuard.Daemon;

/// <summary>What the names under <c>docker:</c> stand for now, and what nobody has said anything about.</summary>
public static class DockerSections
{
    /// <summary>Each link, and what it comes to; null where none is declared.</summary>
    public static StatusSection? Links(DockerConfig? config, Topology topology) => config is not { Links.Count: > 0 } ? null : new(
        "links",
        ["FROM", "TO", "PORTS", "NOW"],
        [
            .. LinkResolution.Of(config, topology).Take(StatusSection.MaxRows).Select(link => (ValueList<string>)
            [
                link.Link.From.ToString(), link.Link.To.ToString(), string.Join(' ', link.Link.Ports), Now(link),
            ]),
        ]);

    /// <summary>Published ports that are open to everyone; null where there is none.</summary>
    public static StatusSection? Exposed(DockerConfig? config, Topology topology)
    {
        var exposed = config is null ? [] : ExposedPort.Of(config, topology, HostInterfaces.Read(topology));
        return exposed.Count == 0 ? null : new(
            "exposed",
            ["PORT", "CONTAINER", "OPEN TO EVERYONE ON"],
            [
                .. exposed.Take(StatusSection.MaxRows).Select(one => (ValueList<string>)
                    [one.HostPort, EngineText.Name(one.Container), string.Join(' ', one.Interfaces)]),
            ]);
    }

    private static string Now(LinkResolution link)
    {
        const int MaxShown = 3;
        var pairs = link.Pairs.Select(p => $"{EngineText.Name(p.FromName)} -> {EngineText.Name(p.ToName)} on {EngineText.Name(p.Network.Name)}").ToList();
        return link.Waiting is { } waiting ? $"waiting: {waiting}"
            : string.Join(", ", pairs.Take(MaxShown)) + (pairs.Count > MaxShown ? $" and {pairs.Count - MaxShown} more" : "");
    }
}

/// <summary>The section of the links.</summary>
public sealed class LinksSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Links(docker.Config, docker.Topology);
}

/// <summary>The section of the exposed ports.</summary>
public sealed class ExposedSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Exposed(docker.Config, docker.Topology);
}
