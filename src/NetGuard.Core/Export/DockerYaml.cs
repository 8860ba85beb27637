using System.Net;
using System.Text;
using NetGuard.Core.Config;
using NetGuard.Core.Docker;

namespace NetGuard.Core.Export;

/// <summary>Writes what Docker has made as the section <c>docker:</c> that describes it, for the administrator to take up: commented out, since it would make rules.</summary>
public static class DockerYaml
{
    /// <summary>Writes it.</summary>
    /// <param name="topology">What Docker has made.</param>
    /// <param name="interfaces">The interfaces at which somebody from outside may come.</param>
    public static string Write(Topology topology, IReadOnlyList<string> interfaces)
    {
        var text = new StringBuilder("\n# Docker's containers as they are now. Take the '#' in front of these lines away to guard them by name.\n#docker:\n");
        var icc = topology.Networks.FirstOrDefault(n => n.Name == "bridge")?.Icc ?? true;
        text.Append("#  icc: ").Append(Word(icc)).Append('\n');
        // Where a network's own options say nothing, Docker allows it, whatever dockerd was told.
        var others = topology.Networks.Where(n => !n.IsDefault && (n.Icc ?? true) != icc && n.Name != DockerNetwork.GatewayBridge && IsPlain(n.Name)).ToList();
        text.Append(others.Count > 0 ? "#  networks:\n" : "");
        others.ForEach(n => text.Append("#    ").Append(n.Name).Append(": { icc: ").Append(Word(n.Icc ?? true)).Append(" }\n"));
        WriteLinks(text, topology);
        WritePublished(text, topology, interfaces);
        return text.ToString();
    }

    // A link gives its container a further name, with the linking one's in front.
    private static void WriteLinks(StringBuilder text, Topology topology)
    {
        var links = (from to in topology.Containers
                     from alias in to.Aliases
                     let slash = alias.IndexOf('/', StringComparison.Ordinal)
                     where slash > 0 && to.Exposed.Count > 0 && IsPlain(to.Name) && IsPlain(alias[..slash])
                     select $"#    - {{ from: {alias[..slash]}, to: {to.Name}, ports: [{string.Join(", ", to.Exposed)}] }}\n").Distinct().ToList();
        text.Append(links.Count > 0 ? "#  links:\n" : "").AppendJoin("", links);
    }

    private static void WritePublished(StringBuilder text, Topology topology, IReadOnlyList<string> interfaces)
    {
        var ports = topology.Containers.SelectMany(c => c.Ports).Where(p => !IsLoopback(p.HostAddress)).Select(p => new PortConfig(p.HostPort, p.HostPort, p.Transport))
            .Distinct().OrderBy(p => p.First).ThenBy(p => p.Transport).ToList();
        var names = interfaces.Where(EngineText.IsInterface).ToList();
        if (ports.Count > 0 && names.Count > 0)
        {
            text.Append("#  published:\n#    - interfaces: [").AppendJoin(", ", names).Append("]\n#      ports: [").AppendJoin(", ", ports)
                .Append("]\n#      allow: [0.0.0.0/0, '::/0']      # everyone, as Docker has it: write down who shall\n");
        }
    }

    private static bool IsLoopback(string address) => IPAddress.TryParse(address, out var ip) && IPAddress.IsLoopback(ip);

    private static string Word(bool icc) => icc ? "allow" : "deny";

    private static bool IsPlain(string name) => name.Length <= EngineText.MaxName && EngineText.Name(name) == name && char.IsAsciiLetterOrDigit(name[0]);
}
