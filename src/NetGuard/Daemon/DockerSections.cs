using System.Globalization;
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
    /// <summary>Whether Docker answers; null where it is not asked for anything.</summary>
    public static StatusSection? Engine(DockerConfig? config, Topology topology, bool isAnswering) => config is null ? null : new(
        "docker",
        ["SOCKET", "ANSWERS", "CONTAINERS", "BRIDGES", "DOCKER'S OWN RULES"],
        [
            [
                config.Socket, isAnswering ? "yes" : topology.IsKnown ? "no: what was known last stays in force" : "no: what is denied stays denied",
                Count(topology.Containers.Count), Count(topology.Networks.Count(n => n.Id.Length > 0)), config.Heal ? "put back when others remove them" : "left to themselves (heal: off)",
            ],
        ]);

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

    /// <summary>Whether the containers of each network reach each other; null where nothing is declared for any.</summary>
    public static StatusSection? Networks(DockerConfig? config, Topology topology)
    {
        if (config is null)
        {
            return null;
        }

        var networks = topology.Networks.Where(n => n.Id.Length > 0 && config.IccOf(n.Name) != IccMode.Unmanaged).Select(n => (ValueList<string>)
        [
            EngineText.Name(n.Name), n.Bridge, config.IccOf(n.Name) == IccMode.Allow ? "yes" : config.Links.Count > 0 ? "by links only" : "no",
            IccDisagreement.DockersOwn(n, topology),
        ]);
        // A name that nothing has: it may come, or be a slip of the pen.
        var others = config.Networks.Where(declared => topology.IsKnown && topology.Networks.All(n => n.Name != declared.Name)).Select(declared => (ValueList<string>)
            [EngineText.Name(declared.Name), "-", "Docker has no bridge network of this name", "-"]);
        ValueList<ValueList<string>> rows = [.. networks.Concat(others).Take(StatusSection.MaxRows)];
        return rows.Count == 0 ? null : new("networks", ["NETWORK", "BRIDGE", "CONTAINERS REACH EACH OTHER", "WITHOUT NETGUARD"], rows);
    }

    /// <summary>Who reaches which published ports; null where none is declared.</summary>
    public static StatusSection? Published(DockerConfig? config, Topology topology) => config is not { Published.Count: > 0 } ? null : new(
        "published",
        ["HOST PORT", "CONTAINER", "AT", "REACHED BY"],
        [
            .. (from item in config.Published
                let ports = topology.Containers.SelectMany(c => c.Ports, (c, p) => (Container: EngineText.Name(c.Name), Port: p))
                    .Where(one => item.Covers(one.Port.HostPort, one.Port.Transport))
                    .Select(one => (Port: new PortConfig(one.Port.HostPort, one.Port.HostPort, one.Port.Transport).ToString(), one.Container)).Distinct()
                    .DefaultIfEmpty((Port: item.Ports.Count > 0 ? string.Join(' ', item.Ports) : "any", Container: "-"))
                from port in ports
                select (ValueList<string>)
                [
                    port.Port, port.Container, string.Join(' ', item.Interfaces.Select(At)), item.Allow.Count > 0 ? string.Join(' ', item.Allow.Select(a => a.Text)) : "nobody",
                ]).Take(StatusSection.MaxRows),
        ]);

    /// <summary>Published ports that are open to everyone; null where there is none.</summary>
    public static StatusSection? Exposed(DockerConfig? config, Topology topology)
    {
        var exposed = config is null ? [] : ExposedPort.Of(config, topology, HostInterfaces.Read(topology));
        return exposed.Count == 0 ? null : new(
            "exposed",
            ["HOST PORT", "CONTAINER", "OPEN TO EVERYONE AT"],
            [
                .. exposed.Take(StatusSection.MaxRows).Select(one => (ValueList<string>)
                    [one.HostPort, EngineText.Name(one.Container), string.Join(' ', one.Interfaces)]),
            ]);
    }

    // A slip of the pen there closes nothing.
    private static string At(string name) => HostInterfaces.IsThere(name) ? name : $"{name} (not there)";

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Now(LinkResolution link)
    {
        const int MaxShown = 3;
        var pairs = link.Pairs.Select(p => $"{EngineText.Name(p.FromName)} -> {EngineText.Name(p.ToName)} on {EngineText.Name(p.Network.Name)}").ToList();
        return link.Waiting is { } waiting ? $"waiting: {waiting}"
            : string.Join(", ", pairs.Take(MaxShown)) + (pairs.Count > MaxShown ? $" and {pairs.Count - MaxShown} more" : "");
    }
}

/// <summary>The section of Docker itself.</summary>
public sealed class EngineSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Engine(docker.Config, docker.Topology, docker.IsAnswering);
}

/// <summary>The section of the links.</summary>
public sealed class LinksSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Links(docker.Config, docker.Topology);
}

/// <summary>The section of the networks.</summary>
public sealed class NetworksSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Networks(docker.Config, docker.Topology);
}

/// <summary>The section of the published ports.</summary>
public sealed class PublishedSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Published(docker.Config, docker.Topology);
}

/// <summary>The section of the exposed ports.</summary>
public sealed class ExposedSection(DockerTriggers docker) : IStatusSection
{
    /// <inheritdoc/>
    public StatusSection? Read() => DockerSections.Exposed(docker.Config, docker.Topology);
}
