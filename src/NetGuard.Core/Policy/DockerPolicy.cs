using System.Globalization;
using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>Turns <c>docker:</c> and what Docker has made into the rules of one family.</summary>
internal sealed class DockerPolicy
{
    private readonly DockerConfig _config;
    private readonly Topology _topology;
    private readonly Family _family;
    private readonly CanonicalRules _canonical;
    private readonly Dictionary<RuleShape, RuleTemplate?> _forward = [];
    private readonly Dictionary<RuleShape, RuleTemplate?> _input = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private DockerPolicy(DockerConfig config, Topology topology, CanonicalRules canonical) =>
        (_config, _topology, _family, _canonical) = (config, topology, canonical.Family, canonical);

    private Dictionary<string, string> Bridges => field ??= _topology.Networks.Where(n => n.Id.Length > 0).DistinctBy(n => n.Id).ToDictionary(n => n.Id, n => n.Bridge);

    /// <summary>The chains: NetGuard's own with all their rules, and the jumps that lead there.</summary>
    public static IEnumerable<DesiredChain> Chains(DockerConfig config, Topology topology, CanonicalRules canonical)
    {
        var policy = new DockerPolicy(config, topology, canonical);
        var forward = policy.Links().Concat(policy.Icc()).Concat(policy.Forwarded()).DistinctBy(r => r.Rule.Body).ToValueList();
        var input = policy.Local().DistinctBy(r => r.Rule.Body).ToValueList();
        yield return new(ChainKey.NetGuardForward) { Top = forward, Exclusive = true };
        yield return new(ChainKey.DockerUser) { Top = [Jump(ChainKey.NetGuardForward, config)] };
        if (input.Count > 0)
        {
            yield return new(ChainKey.NetGuardInput) { Top = input, Exclusive = true };
            yield return new(ChainKey.Input) { Top = [Jump(ChainKey.NetGuardInput, config)] };
        }
    }

    private static DesiredRule Jump(ChainKey to, DockerConfig config) => DesiredRule.JumpTo(to.Chain, config.At);

    // Before the DROPs: what may pass within a bridge. They accept, because Docker's own DROP follows in its chains; so precise that they
    // pass nobody else around Docker's isolation.
    private IEnumerable<DesiredRule> Links()
    {
        foreach (var one in LinkResolution.Of(_config, _topology).SelectMany(r => r.Pairs))
        {
            var network = one.Network;
            if (_config.IccOf(network.Name) == IccMode.Allow || one.From.Address(_family) is not { } from || one.To.Address(_family) is not { } to)
            {
                continue;
            }

            foreach (var port in one.Link.Ports)
            {
                var ends = new RuleBlanks(network.Bridge, network.Bridge, Host(from), Host(to), port.Numbers);
                yield return Forward(DockerShapes.Link(port.Transport), $"{EngineText.Name(one.FromName)} -> {EngineText.Name(one.ToName)} {port}", ends);
                yield return Forward(DockerShapes.LinkBack(port.Transport), $"{EngineText.Name(one.FromName)} <- {EngineText.Name(one.ToName)} {port}",
                    ends with { Source = ends.Destination, Destination = ends.Source });
            }
        }
    }

    private IEnumerable<DesiredRule> Icc()
    {
        foreach (var network in _topology.Networks)
        {
            var (icc, name) = (_config.IccOf(network.Name), EngineText.Name(network.Name));
            var ends = new RuleBlanks(network.Bridge, network.Bridge);
            if (icc == IccMode.Deny)
            {
                if (_family == Family.Ipv6)
                {
                    // ARP is none of iptables' business, its successor is: without it linked containers could not find each other.
                    yield return Forward(DockerShapes.NeighbourSolicitation, $"icc neighbours asked on {name}", ends);
                    yield return Forward(DockerShapes.NeighbourAdvertisement, $"icc neighbours answer on {name}", ends);
                }

                yield return Forward(DockerShapes.SameBridgeDrop, $"icc deny {name}", ends);
            }
            else if (icc == IccMode.Allow && (network.Name != DockerNetwork.GatewayBridge || _config.Networks.Any(n => n.Name == network.Name)))
            {
                yield return Forward(DockerShapes.SameBridgeAccept, $"icc allow {name}", ends);
            }
        }
    }

    // All permissions come before all refusals: several items that cover the same port add up.
    private IEnumerable<DesiredRule> Forwarded()
    {
        var items = Items().ToList();
        return Interfaces().Select(i => Forward(DockerShapes.Established, $"established {i}", new(i)))
            .Concat(items.SelectMany(item => Sources(item.Item).SelectMany(source => Passing(item.Interface, item.Item, source))))
            .Concat(items.SelectMany(item => Refusing(item.Interface, item.Item)));
    }

    private IEnumerable<DesiredRule> Passing(string @interface, PublishedConfig item, NetworkAddress? source)
    {
        var (from, text) = (source is { IsAll: false }, $"{@interface} from {source?.Text}");
        var ends = new RuleBlanks(@interface, Source: source?.Text ?? "");
        return item.Ports.Count == 0
            ? PublishingBridges().Select(b => Forward(from ? DockerShapes.ToBridgeFrom : DockerShapes.ToBridge, $"published {b.Name} {text}", ends with { Out = b.Bridge }))
            : item.Ports.Select(p => Forward(DockerShapes.HostPort(p.Transport, from, "RETURN"), $"published {p} {text}", ends with { Port = p.Numbers }))
                .Concat(DirectlyReached(item).Select(d => Forward(
                    DockerShapes.Direct(d.Transport, from, "RETURN"), $"direct {d.Name} {text}", ends with { Destination = d.Address, Port = d.Port })));
    }

    private IEnumerable<DesiredRule> Refusing(string @interface, PublishedConfig item)
    {
        var (ends, text) = (new RuleBlanks(@interface), $"{@interface} from others");
        return item.Ports.Count == 0
            ? PublishingBridges().Select(b => Forward(DockerShapes.SameBridgeDrop, $"published {b.Name} {text}", ends with { Out = b.Bridge }))
            : item.Ports.Select(p => Forward(DockerShapes.HostPort(p.Transport, false, "DROP"), $"published {p} {text}", ends with { Port = p.Numbers }))
                .Concat(DirectlyReached(item).Select(d => Forward(
                    DockerShapes.Direct(d.Transport, false, "DROP"), $"direct {d.Name} {text}", ends with { Destination = d.Address, Port = d.Port })));
    }

    // docker-proxy takes connections like any program of the host's: from IPv6 clients of containers without it, and from all while
    // the rules of address translation are gone.
    private IEnumerable<DesiredRule> Local()
    {
        var items = Items().Select(item => (item.Interface, item.Item, Ports: LocalPorts(item.Item).ToList())).ToList();
        if (items.All(item => item.Ports.Count == 0))
        {
            return [];
        }

        return Interfaces().Select(i => Input(DockerShapes.Established, $"established {i}", new(i)))
            .Concat(from item in items
                    from source in Sources(item.Item)
                    from port in item.Ports
                    let shape = DockerShapes.Local(port.Transport, !source.IsAll, "RETURN")
                    where Template(_input, ChainKey.NetGuardInput, shape) is not null
                    select Input(shape, $"proxy {port} {item.Interface} from {source.Text}", new(item.Interface, Source: source.Text, Port: port.Numbers)))
            .Concat(from item in items
                    from port in item.Ports
                    let shape = DockerShapes.Local(port.Transport, false, "DROP")
                    where Template(_input, ChainKey.NetGuardInput, shape) is not null
                    select Input(shape, $"proxy {port} {item.Interface} from others", new(item.Interface, Port: port.Numbers)));
    }

    private IEnumerable<PortConfig> LocalPorts(PublishedConfig item) => item.Ports.Count > 0
        ? item.Ports
        : _topology.Containers.SelectMany(c => c.Ports).Select(p => new PortConfig(p.HostPort, p.HostPort, p.Transport)).Distinct()
            .OrderBy(p => p.First).ThenBy(p => p.Transport);

    // Where the engine has not been heard yet, every name that Docker gives its bridges is taken for one: nothing opens before it is known.
    private IEnumerable<(string Name, string Bridge)> PublishingBridges() =>
        _topology.Networks.Select(n => (EngineText.Name(n.Name), n.Bridge)).Concat(_topology.IsKnown ? [] : [("any network", "br-+")]);

    private IEnumerable<(string Name, string Address, string Port, Transport Transport)> DirectlyReached(PublishedConfig item) =>
        from container in _topology.Containers
        from port in container.Ports
        where item.Covers(port.HostPort, port.Transport)
        from endpoint in container.Endpoints
        where Bridges.ContainsKey(endpoint.Network) && endpoint.Address(_family) is not null
        let number = port.ContainerPort.ToString(CultureInfo.InvariantCulture)
        where Template(_forward, ChainKey.NetGuardForward, DockerShapes.Direct(port.Transport, false, "DROP")) is not null
        select ($"{EngineText.Name(container.Name)} {number}/{port.Transport.Name()}", Host(endpoint.Address(_family)!), number, port.Transport);

    private IEnumerable<(string Interface, PublishedConfig Item)> Items() =>
        _config.Published.SelectMany(item => item.Interfaces, (item, i) => (i, item));

    private IEnumerable<string> Interfaces() => _config.Published.SelectMany(item => item.Interfaces).Distinct();

    private IEnumerable<NetworkAddress> Sources(PublishedConfig item) => item.Allow.Where(a => a.Family == _family);

    private string Host(string address) => address + (_family == Family.Ipv4 ? "/32" : "/128");

    private DesiredRule Forward(RuleShape shape, string name, RuleBlanks blanks) =>
        Template(_forward, ChainKey.NetGuardForward, shape)!.Fill(Unique(name), blanks, _config.At);

    private DesiredRule Input(RuleShape shape, string name, RuleBlanks blanks) =>
        Template(_input, ChainKey.NetGuardInput, shape)!.Fill(Unique("in " + name)["in ".Length..], blanks, _config.At);

    // The same two containers may share several networks.
    private string Unique(string name)
    {
        var unique = name;
        for (var i = 2; !_names.Add(unique); i++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name} ({i})");
        }

        return unique;
    }

    private RuleTemplate? Template(Dictionary<RuleShape, RuleTemplate?> known, ChainKey chain, RuleShape shape)
    {
        if (!known.TryGetValue(shape, out var template))
        {
            known[shape] = template = _canonical.Accepted.TryGetValue(shape.Draft(chain, _family, _config.At).Config, out var forms) ? new(_family, forms[0]) : null;
        }

        return template;
    }
}
