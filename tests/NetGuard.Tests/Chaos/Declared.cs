using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

/// <summary>What NetGuard is told to hold against the mishaps, as its configuration and as the checker knows it: both written by hand.</summary>
/// <param name="Top">What chains begin with, in the kernel's form: name and rule.</param>
/// <param name="Bottom">The last rule of FORWARD.</param>
internal sealed record Declared(IReadOnlyDictionary<string, (string Name, string Rule)[]> Top, string Bottom)
{
    public const string DockerUser = "DOCKER-USER";
    public const string OwnChain = "OFFICE";
    public const string Forward = "FORWARD";

    private const string LastRule = "-i br9 -o br9 -j DROP";

    /// <summary>Settings and their values.</summary>
    public static readonly IReadOnlyDictionary<string, string> Sysctls = new Dictionary<string, string>
    {
        ["net.ipv4.ip_forward"] = "1",
        ["net.ipv6.conf.all.forwarding"] = "1",
        ["net.ipv4.tcp_syncookies"] = "1",
    };

    private static readonly (string Name, string Rule) Established = ("established", "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN");
    private static readonly (string Name, string Rule) Web = ("web", "-i eth0 -p tcp -m tcp --dport 80 -j RETURN");
    private static readonly (string Name, string Rule) Closed = ("closed", "-i eth0 -j DROP");
    private static readonly (string Name, string Rule) Ssh = ("ssh", "-p tcp -m tcp --dport 22 -j RETURN");
    private static readonly (string Name, string Rule) Rest = ("rest", "-i eth1 -j DROP");

    /// <summary>The file's editions between which its administrator cannot decide: the first, a rule more, one less, another body, another order, another last rule.</summary>
    public static readonly IReadOnlyList<Declared> Editions =
    [
        Of([Established, Web, Closed], [Ssh, Rest], LastRule),
        Of([Established, ("dns", "-i eth0 -p udp -m udp --dport 53 -j RETURN"), Web, Closed], [Ssh, Rest], LastRule),
        Of([Established, Closed], [Ssh, Rest], LastRule),
        Of([Established, Web, Closed], [("ssh", "-p tcp -m tcp --dport 2222 -j RETURN"), Rest], LastRule),
        Of([Web, Established, Closed], [Rest], LastRule),
        Of([Established, Web, Closed], [Ssh, Rest], "-i br8 -o br8 -j DROP"),
    ];

    /// <summary>Files that nobody can mean, each in another way.</summary>
    public static readonly IReadOnlyList<string> BadFiles =
    [
        "chains: [", "chains:\n  DOCKER-USER:\n    rulez: []\n", "chains:\n  DOCKER-USER:\n    rules: [ \"-i eth0 --dport 80 -j DROP\" ]\n",
        "interval: never\n", "\u0000\u0001", "mode: enforce\nmode: audit\n", "chains:\n  DOCKER-USER:\n    rules: [ \"-j DROP; reboot\" ]\n",
    ];

    /// <param name="backend">The variant of iptables.</param>
    /// <param name="textfile">Where the metrics go.</param>
    public string Config(Backend backend, string textfile) => $$"""
        interval: 1h
        backend: {{backend.Name()}}
        families: [ipv4, ipv6]
        metrics: { textfile: {{textfile}} }
        forwarding: { ipv4: on, ipv6: on }
        sysctls: { net.ipv4.tcp_syncookies: 1 }
        chains:
          FORWARD:
            policy: DROP
            rules: [ { name: last, rule: {{Bottom}}, position: bottom } ]
        {{string.Concat(Top.Select(chain => $"  {chain.Key}:\n    rules:\n" + string.Concat(chain.Value.Select(rule => $"      - {{ name: {rule.Name}, rule: \"{rule.Rule}\" }}\n"))))}}
        """;

    /// <summary>A rule as NetGuard writes it.</summary>
    public static string Tagged(string name, string rule) => rule.Insert(rule.IndexOf("-j ", StringComparison.Ordinal), $"-m comment --comment netguard:{name} ");

    private static Declared Of((string Name, string Rule)[] dockerUser, (string Name, string Rule)[] own, string bottom) =>
        new(new Dictionary<string, (string Name, string Rule)[]> { [DockerUser] = dockerUser, [OwnChain] = own }, bottom);
}
