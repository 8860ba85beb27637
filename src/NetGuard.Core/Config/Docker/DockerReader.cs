using NetGuard.Core.Config.Yaml;
using NetGuard.Core.State;

namespace NetGuard.Core.Config.Docker;

/// <summary>Reads <c>docker</c>.</summary>
internal sealed class DockerReader(FamilyScope guarded, DeclaredSysctls sysctls, Mistakes mistakes)
{
    // sockaddr_un holds 108 bytes with the closing zero: unix(7).
    private const int MaxSocketBytes = 107;

    private static readonly (Family Family, SysctlKey Key)[] BridgeSwitches =
    [
        (Family.Ipv4, SysctlKey.Parse("net.bridge.bridge-nf-call-iptables")),
        (Family.Ipv6, SysctlKey.Parse("net.bridge.bridge-nf-call-ip6tables")),
    ];

    /// <summary>Reads the section; null where it is none.</summary>
    public DockerConfig? Read(MappingEntry entry)
    {
        if (Section.Of(entry.Value, "docker", ConfigKeys.Docker, mistakes) is not { } section)
        {
            return null;
        }

        var config = new DockerConfig(entry.Key.At)
        {
            Socket = section["socket"] is { } socket ? Socket(socket) : DockerConfig.DefaultSocket,
            Icc = Icc(section["icc"]),
            Networks = section["networks"] is { } networks ? Networks(networks) : [],
            Links = section["links"] is { } links ? Items(links, "links", Link) : [],
            Published = section["published"] is { } published ? Items(published, "published", Published) : [],
            Heal = section["heal"] is { } heal && Vocabularies.OnOff.TryRead(heal, "heal", mistakes, out var on) && on,
        };
        ImplySwitches(config, section.Entry("icc")?.Key.At ?? section.Entry("networks")?.Key.At ?? entry.Key.At);
        return config;
    }

    // Without them the kernel shows iptables no traffic within a bridge, and nothing could be denied there.
    private void ImplySwitches(DockerConfig config, SourceLocation at)
    {
        foreach (var (family, key) in BridgeSwitches)
        {
            if (config.DeniesIcc && guarded.Families.Contains(family))
            {
                sysctls.Add(key, "1", at, "icc 'deny'", "without it the rules do not see the traffic within a bridge");
            }
        }
    }

    private string Socket(Node node)
    {
        if (Expect.Scalar(node, "socket", "the path of Docker's unix socket", mistakes) is not { } scalar)
        {
            return DockerConfig.DefaultSocket;
        }

        var path = scalar.Text;
        var fault = path switch
        {
            _ when path.StartsWith("unix://", StringComparison.Ordinal) => $"a path is expected (did you mean '{path["unix://".Length..]}')",
            _ when path.Contains("://", StringComparison.Ordinal) => "only a unix socket is taken (expected its path, such as /run/docker.sock)",
            _ when !path.StartsWith('/') => "the path must begin with '/' (expected one such as /run/docker.sock)",
            _ when System.Text.Encoding.UTF8.GetByteCount(path) > MaxSocketBytes => $"the path is longer than a socket's can be ({MaxSocketBytes} bytes)",
            _ when Printed.Unprintable(path) >= 0 => "a control character in a path",
            _ => null,
        };
        if (fault is not null)
        {
            mistakes.Add(scalar.At, $"socket is {Printed.Quoted(path)}: {fault}");
        }

        return path;
    }

    private IccMode Icc(Node? node) =>
        node is not null && Vocabularies.Icc.TryRead(node, "icc", mistakes, out var icc) ? icc : IccMode.Unmanaged;

    private ValueList<NetworkConfig> Networks(Node node)
    {
        var networks = new List<NetworkConfig>();
        foreach (var entry in Expect.Mapping(node, "networks", mistakes)?.Entries ?? [])
        {
            if (!ContainerSelectorText.IsName(entry.Name))
            {
                mistakes.Add(entry.Key.At, $"{Printed.Quoted(entry.Name)} is no network's name (expected Docker's name of it, as in 'docker network ls')");
            }
            else if (Section.Of(entry.Value, entry.Name, ConfigKeys.DockerNetwork, mistakes) is { } section)
            {
                if (section["icc"] is null && !section.HasUnknown)
                {
                    mistakes.Add(entry.Value.At, $"nothing is said of the network {entry.Name} (expected the key 'icc')");
                }

                networks.Add(new(entry.Name, Icc(section["icc"]), entry.Key.At));
            }
        }

        return networks.ToValueList();
    }

    private ValueList<T> Items<T>(Node node, string what, Func<Node, T?> read) where T : class =>
        Expect.List(node, what, mistakes) is { } list ? list.Items.Select(read).OfType<T>().ToValueList() : [];

    private LinkConfig? Link(Node node)
    {
        if (Section.Of(node, "a link", ConfigKeys.DockerLink, mistakes) is not { } section || !Has(section, node, "a link", "from", "to", "ports"))
        {
            return null;
        }

        var (from, to) = (Selector(section["from"]!, "from"), Selector(section["to"]!, "to"));
        var ports = Ports(section["ports"]!, "the ports of 'to', such as [80/tcp]");
        return from is not null && to is not null && ports is { Count: > 0 } ? new(from, to, ports.Value, node.At) : null;
    }

    private PublishedConfig? Published(Node node)
    {
        if (Section.Of(node, "an item of published", ConfigKeys.DockerPublished, mistakes) is not { } section
            || !Has(section, node, "an item of published", "interfaces", "allow"))
        {
            return null;
        }

        var interfaces = Texts(section["interfaces"]!, "interfaces", "a list such as [eth0]", text => (Interface(text), text));
        var ports = section["ports"] is { } list ? Ports(list, "the host's ports, such as [8080/tcp]; leave the key out for every published port") : (ValueList<PortConfig>)[];
        var allow = Texts(section["allow"]!, "allow", "a list of addresses; [] for nobody", (text) => (NetworkAddressText.Read(text, out var address), address),
            mayBeEmpty: true, isGood: (address, at) => guarded.Holds(address.Family, at));
        return interfaces is { Count: > 0 } && ports is not null && allow is not null ? new(interfaces.Value, ports.Value, allow.Value, node.At) : null;
    }

    private bool Has(Section section, Node node, string what, params IEnumerable<string> keys)
    {
        var missing = keys.Where(key => section[key] is null).ToArray();
        if (missing.Length > 0 && !section.HasUnknown)
        {
            mistakes.Add(node.At, $"{what} without {string.Join(" and ", missing.Select(key => $"'{key}'"))}");
        }

        return missing.Length == 0;
    }

    private static string? Interface(string name) =>
        name == "lo" ? "'lo' is the host itself, from which nobody comes from outside" : InterfaceName.Fault(name);

    private ContainerSelector? Selector(Node node, string what)
    {
        if (Expect.Scalar(node, what, "a container's name, service:NAME or label:KEY=VALUE", mistakes) is not { } scalar)
        {
            return null;
        }

        if (ContainerSelectorText.Read(scalar.Text, out var selector) is not { } fault)
        {
            return selector;
        }

        mistakes.Add(scalar.At, fault);
        return null;
    }

    private ValueList<PortConfig>? Ports(Node node, string expected) =>
        Texts(node, "ports", expected, text => (PortText.Read(text, out var port), port));

    private ValueList<T>? Texts<T>(
        Node node, string what, string expected, Func<string, (string? Fault, T Value)> read, bool mayBeEmpty = false, Func<T, SourceLocation, bool>? isGood = null)
    {
        if (Expect.List(node, what, mistakes, expected) is not { } list)
        {
            return null;
        }

        if (list.Items.Count == 0 && !mayBeEmpty)
        {
            mistakes.Add(node.At, $"{what} is empty (expected {expected})");
        }

        var values = new List<T>();
        foreach (var scalar in list.Items.Select(item => Expect.Scalar(item, $"an item of {what}", expected, mistakes)).OfType<ScalarNode>())
        {
            var (fault, value) = read(scalar.Text);
            if (fault is not null)
            {
                mistakes.Add(scalar.At, fault);
            }
            else if (isGood is null || isGood(value, scalar.At))
            {
                values.Add(value);
            }
        }

        return values.ToValueList();
    }
}
