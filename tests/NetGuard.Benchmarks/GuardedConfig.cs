using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Benchmarks;

/// <summary>Configurations that are measured with. One family, since the floor is one family's tools.</summary>
internal static class GuardedConfig
{
    /// <summary>The chain of many guarded rules.</summary>
    public const string ManyChain = "GUARDED";

    /// <summary>As many rules as <see cref="DockerUser"/> puts into DOCKER-USER.</summary>
    public const int DockerUserRules = 3;

    /// <summary>A chain of the administrator's own.</summary>
    public const string OwnChain = "OFFICE";

    /// <summary>What an administrator has in DOCKER-USER, with FORWARD's policy and the switch.</summary>
    public static string DockerUser(Backend backend, string interval = "60s") => Head(backend, interval) + """
          FORWARD:
            policy: DROP
          DOCKER-USER:
            rules:
              - name: established
                rule: -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
              - name: office
                rule: -i eth0 -s 10.0.0.0/8 -j RETURN
              - name: only-8.8.8.8
                rule: -i eth0 ! -s 8.8.8.8 -j DROP

        """;

    /// <summary>The same, and three rules in a chain beside.</summary>
    public static string WithOwnChain(Backend backend, string interval) => DockerUser(backend, interval) + $"""
          {OwnChain}:
            rules:
              - -s 192.0.2.0/25 -j RETURN
              - -p tcp --dport 22 -j RETURN
              - -i eth0 -j DROP

        """;

    /// <summary>A chain of this many rules.</summary>
    public static string Many(Backend backend, int rules, string interval = "60s") => Head(backend, interval) + $"""
          {ManyChain}:
            rules:
        {string.Concat(Enumerable.Range(0, rules).Select(i => $"      - {ManyRule(i)}\n"))}
        """;

    public static string ManyRule(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"-s 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32 -p tcp -m tcp --dport 443 -j ACCEPT");

    private static string Head(Backend backend, string interval) => $"""
        interval: {interval}
        backend: {backend.Name()}
        families: [ipv4]
        forwarding:
          ipv4: on
        chains:

        """;
}
