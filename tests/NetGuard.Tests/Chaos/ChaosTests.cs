using System.Globalization;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Chaos;

public class ChaosTests
{
    /// <summary>
    /// 10,000 mishaps for both; tests/NetGuard.Benchmarks/run.sh chaos plays them for as long as asked. NETGUARD_TEST_SEED plays a run again.
    /// </summary>
    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhateverSeveralDoAtOnceTheWorldEndsAsDeclaredAndAsTheyLeftIt(Backend backend)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("NETGUARD_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var report = await new ChaosRun(new(seed, backend, NetguardBinary.Path)
        {
            Steps = 5_000,
            Time = TimeSpan.FromMinutes(6),
            Hurries = true,
            WithDocker = backend == Backend.Nft,
            Say = line => TestContext.Current.TestOutputHelper?.WriteLine(line),
        }).Run(TestContext.Current.CancellationToken);
        Assert.All(report.Samples, vitals => Assert.True(vitals.Files <= Vitals.MostFiles, $"{vitals}"));
    }

    [Fact]
    public void TheCheckerSeesWhatIsWrong()
    {
        const string Good = """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            :DOCKER-USER - [0:0]
            :OFFICE - [0:0]
            -A FORWARD -j DOCKER-USER
            -A FORWARD -s 10.0.0.1/32 -m comment --comment chaos-ada-1 -j ACCEPT
            -A FORWARD -s 10.0.0.2/32 -m comment --comment chaos-ada-2 -j ACCEPT
            -A FORWARD -i br9 -o br9 -m comment --comment "netguard:last" -j DROP
            -A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "netguard:established" -j RETURN
            -A DOCKER-USER -i eth0 -p tcp -m tcp --dport 80 -j RETURN
            -A DOCKER-USER -i eth0 -m comment --comment "netguard:closed" -j DROP
            -A OFFICE -p tcp -m tcp --dport 22 -m comment --comment "netguard:ssh" -j RETURN
            -A OFFICE -i eth1 -m comment --comment "netguard:rest" -j DROP
            COMMIT
            """;
        var strangers = new Strangers();
        strangers.AddRule(Family.Ipv4, "FORWARD", "-j DOCKER-USER", onTop: true);
        strangers.AddRule(Family.Ipv4, "FORWARD", "-s 10.0.0.1/32 -m comment --comment chaos-ada-1 -j ACCEPT", onTop: false);
        strangers.AddRule(Family.Ipv4, "FORWARD", "-s 10.0.0.2/32 -m comment --comment chaos-ada-2 -j ACCEPT", onTop: false);
        strangers.AddRule(Family.Ipv4, "DOCKER-USER", "-i eth0 -p tcp -m tcp --dport 80 -j RETURN", onTop: false);
        Assert.Empty(Checker.Faults(Family.Ipv4, Good, strangers, Declared.Editions[0]));

        var lines = Good.Split('\n');
        foreach (var line in lines.Where(line => line.StartsWith("-A", StringComparison.Ordinal)))
        {
            Assert.NotEmpty(Checker.Faults(Family.Ipv4, string.Join('\n', lines.Where(one => one != line)), strangers, Declared.Editions[0]));
            Assert.NotEmpty(Checker.Faults(Family.Ipv4, Good.Replace(line, $"{line}\n{line}", StringComparison.Ordinal), strangers, Declared.Editions[0]));
        }

        Assert.NotEmpty(Checker.Faults(Family.Ipv4, Good.Replace("FORWARD DROP", "FORWARD ACCEPT", StringComparison.Ordinal), strangers, Declared.Editions[0]));
        Assert.NotEmpty(Checker.Faults(Family.Ipv4, Good.Replace("COMMIT", ":LEFT - [0:0]\nCOMMIT", StringComparison.Ordinal), strangers, Declared.Editions[0]));
        (lines[6], lines[7]) = (lines[7], lines[6]);
        Assert.NotEmpty(Checker.Faults(Family.Ipv4, string.Join('\n', lines), strangers, Declared.Editions[0]));
    }
}
