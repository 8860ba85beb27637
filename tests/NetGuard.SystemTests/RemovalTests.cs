using System.Text.RegularExpressions;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

public partial class RemovalTests
{
    [Fact]
    public async Task RemovalLeavesTheFirewallAloneAndPurgeTakesNetGuardsRulesAndUserAway()
    {
        await using var machine = await Machine.Boot();
        // Strangers' rules, some of which only speak of NetGuard.
        string[] strangers =
        [
            "-A FORWARD -s 10.1.0.0/16 -m comment --comment \"not netguard:mine\" -j ACCEPT",
            "-A FORWARD -s 10.2.0.0/16 -m comment --comment \"x -m comment --comment netguard:y\" -j ACCEPT",
            "-A FORWARD -s 10.3.0.0/16 -m comment --comment \"\\\" -m comment --comment netguard:z\" -j ACCEPT",
            "-A FORWARD -s 10.4.0.0/16 -m comment --comment \"$(touch /run/here) `touch /run/here`; touch /run/here\" -j ACCEPT",
            "-A INPUT -s 10.5.0.0/16 -j DROP",
        ];
        (await machine.Run(["iptables-restore", "--noflush"], $"*filter\n{string.Join('\n', strangers)}\nCOMMIT\n")).Succeeded();
        var withStrangers = Rules(await machine.Output("iptables-save"));
        Assert.All(strangers, rule => Assert.Contains(rule, withStrangers));

        await GuardedMachine.Guard(machine, GuardedMachine.Config + """
              nat/POSTROUTING:
                rules:
                  - name: odd
                    rule: -s 10.9.0.0/16 -m comment --comment "it's $(touch /run/here) \"quoted\"" -j MASQUERADE
                    position: bottom
            """);
        await machine.Write("/etc/systemd/system/netguard.service.d/ours.conf", "[Service]\nEnvironment=OURS=1\n");
        await machine.Output("ln", "-s", "/usr/share/netguard/netguard.service.d/docker.conf", "/etc/systemd/system/netguard.service.d/");
        var guarded = Rules(await machine.Output("iptables-save"));
        Assert.Contains(guarded, rule => rule.Contains("netguard:odd", StringComparison.Ordinal));

        (await machine.Apt("remove", "netguard")).Succeeded();
        Assert.Equal("not-found", await machine.Property("netguard", "LoadState"));
        Assert.Equal(guarded, Rules(await machine.Output("iptables-save")));
        Assert.Equal("1\n", await machine.Output("cat", "/proc/sys/net/ipv4/ip_forward"));
        await machine.Output("test", "-e", "/etc/netguard/netguard.yaml");
        Assert.Equal(0, (await machine.Run("pgrep", "-x", "netguard")).Output.Length);

        (await machine.Apt("purge", "netguard")).Succeeded();
        // Policies stay, and Docker's own chain: an administrator's connection may hang on the first, Docker on the second.
        string[] left =
        [
            ":DOCKER-USER - [0:0]",
            "*nat", ":PREROUTING ACCEPT [0:0]", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", "COMMIT",
        ];
        var now = Rules(await machine.Output("iptables-save")).Select(rule => rule.Replace("FORWARD DROP", "FORWARD ACCEPT", StringComparison.Ordinal));
        Assert.Equal(Sorted([.. withStrangers, .. left]), Sorted(now));
        Assert.DoesNotContain(Rules(await machine.Output("ip6tables-save")), rule => rule.Contains("netguard", StringComparison.Ordinal));
        Assert.NotEqual(0, (await machine.Run("id", "netguard")).ExitCode);
        Assert.NotEqual(0, (await machine.Run("getent", "group", "netguard")).ExitCode);
        Assert.Equal("ours.conf\n", await machine.Output("ls", "/etc/systemd/system/netguard.service.d"));
        foreach (var gone in (string[])["/etc/netguard", "/run/netguard", "/usr/share/netguard", "/etc/systemd/system/multi-user.target.wants/netguard.service"])
        {
            Assert.NotEqual(0, (await machine.Run("test", "-e", gone)).ExitCode);
        }
        Assert.NotEqual(0, (await machine.Run("test", "-e", "/run/here")).ExitCode);
    }

    private static string[] Rules(string saved) =>
        [.. saved.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => Counters().Replace(line, "[0:0]"))];

    [GeneratedRegex(@"\[\d+:\d+\]")]
    private static partial Regex Counters();

    private static IEnumerable<string> Sorted(IEnumerable<string> lines) => lines.Order(StringComparer.Ordinal);
}
