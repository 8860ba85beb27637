using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

/// <summary>What NetGuard is told to hold against the mishaps, as its configuration and as the checker knows it: both written by hand.</summary>
internal static class Declared
{
    public const string DockerUser = "DOCKER-USER";
    public const string OwnChain = "OFFICE";
    public const string Forward = "FORWARD";

    /// <summary>The last rule of FORWARD.</summary>
    public const string Bottom = "-i br9 -o br9 -j DROP";

    /// <summary>Settings and their values.</summary>
    public static readonly IReadOnlyDictionary<string, string> Sysctls = new Dictionary<string, string>
    {
        ["net.ipv4.ip_forward"] = "1",
        ["net.ipv6.conf.all.forwarding"] = "1",
        ["net.ipv4.tcp_syncookies"] = "1",
    };

    /// <summary>What chains begin with, in the kernel's form: name and rule.</summary>
    public static readonly IReadOnlyDictionary<string, (string Name, string Rule)[]> Top = new Dictionary<string, (string, string)[]>
    {
        [DockerUser] =
        [
            ("established", "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"),
            ("web", "-i eth0 -p tcp -m tcp --dport 80 -j RETURN"),
            ("closed", "-i eth0 -j DROP"),
        ],
        [OwnChain] = [("ssh", "-p tcp -m tcp --dport 22 -j RETURN"), ("rest", "-i eth1 -j DROP")],
    };

    public static string Config(Backend backend) => $$"""
        interval: 1h
        backend: {{backend.Name()}}
        families: [ipv4, ipv6]
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
}
