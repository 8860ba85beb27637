using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>Hosts whose rules are in iptables-legacy.</summary>
public class LegacyTests
{
    private const string DropIn = """
        set -e
        mkdir -p /etc/systemd/system/netguard.service.d
        ln -s /usr/share/netguard/netguard.service.d/iptables-legacy.conf /etc/systemd/system/netguard.service.d/
        systemctl daemon-reload
        systemctl restart netguard
        """;

    [Fact]
    public async Task WithTheDropInItRepairsEveryKindOfDrift()
    {
        await using var machine = await LegacyMachine();
        await machine.Install(Repository.Deb);
        await machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config);
        (await machine.Shell($"{DropIn}\nsystemctl enable netguard")).Succeeded();
        Assert.Null(await GuardedMachine.Fault(machine));
        Assert.Contains("iptables-legacy", await machine.JournalText("netguard"), StringComparison.Ordinal);
        await Mishaps.AreRepaired(machine);

        await machine.Reboot();
        await machine.Until(() => GuardedMachine.Fault(machine), "be guarded after a boot");
    }

    [Fact]
    public async Task WithoutItTheServiceSaysWhatIsMissing()
    {
        await using var machine = await LegacyMachine();
        await machine.Install(Repository.Deb);
        await machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config);
        Assert.NotEqual(0, (await machine.Run("systemctl", "start", "netguard")).ExitCode);
        var journal = await machine.JournalText("netguard");
        Assert.Contains("/usr/share/netguard/netguard.service.d/iptables-legacy.conf", journal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARuleWithASetTakesTheDropInOnNftToo()
    {
        await using var machine = await Machine.Boot();
        await machine.Output("ipset", "create", "blocked", "hash:ip");
        await machine.Install(Repository.Deb);
        await machine.Write("/etc/netguard/netguard.yaml", GuardedMachine.Config + """
                  - name: blocked
                    rule: -m set --match-set blocked src -j DROP
                    family: ipv4

            """);
        (await machine.Shell(DropIn)).Succeeded();
        await machine.Until(async () => await GuardedMachine.Fault(machine) ?? await Missing(), "have the rule with the set");
        await machine.Output("iptables", "-F", "DOCKER-USER");
        await machine.Until(async () => await GuardedMachine.Fault(machine) ?? await Missing(), "have it again");

        async Task<string?> Missing() => await machine.Output("iptables", "-S", "DOCKER-USER") is var rules && rules.Contains("netguard:blocked", StringComparison.Ordinal)
            ? null : rules;
    }

    private static async Task<Machine> LegacyMachine()
    {
        var machine = await Machine.Boot();
        (await machine.Shell("""
            set -e
            for family in ip ip6; do
              update-alternatives --set ${family}tables /usr/sbin/${family}tables-legacy
              ${family}tables -A INPUT -p tcp --dport 9 -j DROP
            done
            """)).Succeeded();
        return machine;
    }
}
