using NetGuard.Core.Config;
using NetGuard.Core.Docker;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>Two ends of a link on a network that both are on.</summary>
/// <param name="Link">The link.</param>
/// <param name="Network">The network.</param>
/// <param name="FromName">Who may.</param>
/// <param name="From">Where it is.</param>
/// <param name="ToName">Whom.</param>
/// <param name="To">Where that is.</param>
public sealed record LinkedPair(LinkConfig Link, DockerNetwork Network, string FromName, ContainerEndpoint From, string ToName, ContainerEndpoint To);

/// <summary>What a link comes to with the containers that run now.</summary>
/// <param name="Link">The link.</param>
/// <param name="From">The containers that its <c>from</c> matches.</param>
/// <param name="To">The containers that its <c>to</c> matches.</param>
/// <param name="Pairs">Who reaches whom, on which network.</param>
public sealed record LinkResolution(LinkConfig Link, ValueList<string> From, ValueList<string> To, ValueList<LinkedPair> Pairs)
{
    /// <summary>Why nobody reaches anybody; null where somebody does.</summary>
    public string? Waiting => Pairs.Count > 0 ? null
        : From.Count == 0 && To.Count == 0 ? $"{Link.From} and {Link.To} do not run"
        : From.Count == 0 ? $"{Link.From} does not run"
        : To.Count == 0 ? $"{Link.To} does not run"
        : $"{Link.From} and {Link.To} are on no network together";

    /// <summary>Resolves each link.</summary>
    public static ValueList<LinkResolution> Of(DockerConfig config, Topology topology)
    {
        var networks = topology.Networks.Where(n => n.Id.Length > 0).DistinctBy(n => n.Id).ToDictionary(n => n.Id);
        return config.Links.Select(link => Of(link, topology, networks)).ToValueList();
    }

    private static LinkResolution Of(LinkConfig link, Topology topology, Dictionary<string, DockerNetwork> networks)
    {
        var (from, to) = (Matching(link.From, topology), Matching(link.To, topology));
        var pairs = from one in @from
                    from other in to
                    where one.Id != other.Id
                    from endpoint in one.Endpoints
                    let network = networks.GetValueOrDefault(endpoint.Network)
                    where network is not null
                    from end in other.Endpoints
                    where end.Network == endpoint.Network
                    select new LinkedPair(link, network, one.Name, endpoint, other.Name, end);
        return new(link, [.. from.Select(c => c.Name)], [.. to.Select(c => c.Name)], pairs.ToValueList());
    }

    private static List<DockerContainer> Matching(ContainerSelector selector, Topology topology) => [.. topology.Containers.Where(container => selector.Kind switch
    {
        SelectorKind.Service => container.Service == selector.Name,
        SelectorKind.Label => container.Label(selector.Name) == selector.Value,
        _ => container.Name == selector.Name,
    })];
}
