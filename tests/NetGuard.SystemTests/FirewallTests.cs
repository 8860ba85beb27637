using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>Other firewalls beside NetGuard: whatever they do to the rules, what was declared is in force again.</summary>
public class FirewallTests
{
    [Fact]
    public async Task Firewalld()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        await Survives(machine, "apt-get -q -y install firewalld");
        await machine.Until("firewall-cmd --state");
        await Survives(machine, "firewall-cmd --reload");
        await Survives(machine, "firewall-cmd --complete-reload");
        await Survives(machine, "systemctl restart firewalld");
        await Survives(machine, "firewall-cmd --direct --add-rule ipv4 filter FORWARD 0 -s 10.7.0.0/16 -j ACCEPT");
        await Survives(machine, "systemctl stop firewalld");
        await Survives(machine, "systemctl start firewalld");
        await machine.Reboot();
        await machine.Until(() => GuardedMachine.Fault(machine), "be guarded after a boot with firewalld");
        Assert.Equal("active", await machine.Property("firewalld", "ActiveState"));
    }

    [Fact]
    public async Task Ufw()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        await Survives(machine, "apt-get -q -y install ufw");
        await Survives(machine, "ufw --force enable");
        await Survives(machine, "ufw allow 22/tcp && ufw reload");
        await Survives(machine, "ufw default allow routed");
        await Survives(machine, "ufw disable");
        await Survives(machine, "ufw --force enable");
        await machine.Reboot();
        await machine.Until(() => GuardedMachine.Fault(machine), "be guarded after a boot with ufw");
        Assert.Contains("Status: active", await machine.Output("ufw", "status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NetfilterPersistent()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        await Survives(machine, "DEBIAN_FRONTEND=noninteractive apt-get -q -y install iptables-persistent netfilter-persistent");
        // It wants to delete DOCKER-USER as well, and may find that its jump is back already.
        await Survives(machine, "netfilter-persistent flush || true");
        await Survives(machine, "netfilter-persistent save");
        // What was saved has NetGuard's rules in it: they are not there twice.
        await Survives(machine, "systemctl restart netfilter-persistent");
        await Survives(machine, "netfilter-persistent reload");
        await machine.Reboot();
        await machine.Until(() => GuardedMachine.Fault(machine), "be guarded after a boot with netfilter-persistent");
        var rules = await machine.Output("iptables-save", "-t", "filter");
        Assert.Single(rules.Split('\n'), line => line.Contains("netguard:only-8.8.8.8", StringComparison.Ordinal));
        Assert.Single(rules.Split('\n'), line => line.Contains("netguard:reach-DOCKER-USER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NftablesService()
    {
        await using var machine = await Machine.Boot();
        await GuardedMachine.Guard(machine);
        // Debian's /etc/nftables.conf begins with flush ruleset.
        await Survives(machine, "systemctl enable --now nftables");
        await Survives(machine, "systemctl reload nftables");
        await machine.Reboot();
        await machine.Until(() => GuardedMachine.Fault(machine), "be guarded after a boot with nftables.service");
    }

    private static async Task Survives(Machine machine, string mishap)
    {
        (await machine.Shell(mishap, TimeSpan.FromMinutes(4))).Succeeded();
        await machine.Until(() => GuardedMachine.Fault(machine), $"survive {mishap}");
        Assert.Equal("active", await machine.Property("netguard", "ActiveState"));
    }
}
