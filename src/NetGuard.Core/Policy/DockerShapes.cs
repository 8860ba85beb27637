using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Core.Policy;

/// <summary>The shapes of all rules that <c>docker:</c> may become.</summary>
internal static class DockerShapes
{
    public static readonly RuleShape SameBridgeDrop = new("-i {in} -o {out} -j DROP");
    public static readonly RuleShape SameBridgeAccept = new("-i {in} -o {out} -j ACCEPT");
    public static readonly RuleShape NeighbourSolicitation = new("-i {in} -o {out} -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT");
    public static readonly RuleShape NeighbourAdvertisement = new("-i {in} -o {out} -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT");
    public static readonly RuleShape Established = new("-i {in} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN");
    public static readonly RuleShape ToBridgeFrom = new("-s {source} -i {in} -o {out} -j RETURN");
    public static readonly RuleShape ToBridge = new("-i {in} -o {out} -j RETURN");

    public static RuleShape Link(Transport t) => new($"-s {{source}} -d {{destination}} -i {{in}} -o {{out}} {Match(t)} --dport {{port}} -j ACCEPT");

    public static RuleShape LinkBack(Transport t) => new($"-s {{source}} -d {{destination}} -i {{in}} -o {{out}} {Match(t)} --sport {{port}} -j ACCEPT");

    // Forwarded packets have been translated: the host's port is only in the connection's original direction. Without --ctdir, replies to a
    // container's own connections to somebody's port of that number would match, too.
    public static RuleShape HostPort(Transport t, bool from, string verdict) =>
        new($"{From(from)}-i {{in}} -p {t.Name()} -m conntrack --ctstate DNAT --ctorigdstport {{port}} --ctdir ORIGINAL -j {verdict}");

    // Whoever has a route to the bridge can do without the translation: Docker up to 27 lets such packets pass, and gateway_mode routed is made for them.
    public static RuleShape Direct(Transport t, bool from, string verdict) =>
        new($"{From(from)}-d {{destination}} -i {{in}} {Match(t)} --dport {{port}} -m conntrack ! --ctstate DNAT -j {verdict}");

    public static RuleShape Local(Transport t, bool from, string verdict) =>
        new($"{From(from)}-i {{in}} {Match(t)} --dport {{port}} -j {verdict}");

    /// <summary>Those that a configuration may need in a chain, whatever comes and goes.</summary>
    public static IEnumerable<RuleDraft> Drafts(DockerConfig config, Family family)
    {
        var linked = config.Links.SelectMany(l => l.Ports).Select(p => p.Transport).Distinct().Order();
        foreach (var shape in linked.SelectMany(t => new[] { Link(t), LinkBack(t) })
            .Concat(config.Icc != IccMode.Unmanaged || config.Networks.Count > 0 || config.Published.Count > 0 ? [SameBridgeDrop, SameBridgeAccept] : [])
            .Concat(config.DeniesIcc && family == Family.Ipv6 ? [NeighbourSolicitation, NeighbourAdvertisement] : []))
        {
            yield return shape.Draft(ChainKey.NetGuardForward, family, config.At);
        }

        if (config.Published.Count == 0)
        {
            yield break;
        }

        var published = config.Published.SelectMany(p => p.Ports).Select(p => p.Transport).Append(Transport.Tcp).Append(Transport.Udp).Distinct().Order().ToList();
        foreach (var shape in new[] { Established, ToBridgeFrom, ToBridge }
            .Concat(published.SelectMany(t => Verdicts((from, verdict) => HostPort(t, from, verdict)).Concat(Verdicts((from, verdict) => Direct(t, from, verdict))))))
        {
            yield return shape.Draft(ChainKey.NetGuardForward, family, config.At);
        }

        foreach (var shape in published.SelectMany(t => Verdicts((from, verdict) => Local(t, from, verdict))).Prepend(Established))
        {
            yield return shape.Draft(ChainKey.NetGuardInput, family, config.At);
        }
    }

    private static RuleShape[] Verdicts(Func<bool, string, RuleShape> shape) => [shape(true, "RETURN"), shape(false, "RETURN"), shape(false, "DROP")];

    private static string From(bool from) => from ? "-s {source} " : "";

    private static string Match(Transport t) => $"-p {t.Name()} -m {t.Name()}";
}
