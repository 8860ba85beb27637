using System.Globalization;

namespace NetGuard.Benchmarks;

/// <summary>A Docker host's filter table: Docker's chains, and chains of other programs that fill it up to a size.</summary>
internal static class StrangersRules
{
    private const int ChainLength = 100;

    private static readonly string[] Docker =
    [
        ":DOCKER - [0:0]",
        ":DOCKER-ISOLATION-STAGE-1 - [0:0]",
        ":DOCKER-ISOLATION-STAGE-2 - [0:0]",
        ":DOCKER-USER - [0:0]",
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A FORWARD -o docker0 -j DOCKER",
        "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
        "-A FORWARD -i docker0 -o docker0 -j DROP",
        "-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2",
        "-A DOCKER-ISOLATION-STAGE-1 -j RETURN",
        "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP",
    ];

    /// <summary>The text for iptables-restore.</summary>
    /// <param name="count">How many rules there are in all, Docker's own among them.</param>
    public static string Text(int count)
    {
        var left = count - Docker.Count(line => line.StartsWith("-A", StringComparison.Ordinal));
        return Tools.Text([.. Docker, .. Enumerable.Range(0, left).Chunk(ChainLength).SelectMany(Chain)]);
    }

    private static IEnumerable<string> Chain(int[] rules)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"STRANGERS-{rules[0] / ChainLength}");
        // The jump is one of the rules.
        return [$":{name} - [0:0]", $"-A FORWARD -j {name}", .. rules[1..].Select(i => $"-A {name} {Rule(i)}")];
    }

    private static string Rule(int i) => string.Create(CultureInfo.InvariantCulture, $"-s 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32 ") + (i % 4) switch
    {
        0 => "-j DROP",
        1 => "-p tcp -m tcp --dport 443 -j ACCEPT",
        2 => "-i eth0 -m conntrack --ctstate NEW -j ACCEPT",
        _ => "-d 172.17.0.0/16 -m comment --comment \"somebody's note\" -j RETURN",
    };
}
