using System.Text.Json;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>What an administrator finds in the journal, in the manual and in Prometheus' file.</summary>
public class JournalTests(GuardedMachine guarded) : IClassFixture<GuardedMachine>
{
    private Machine Machine => guarded.Machine;

    [Fact]
    public async Task ADriftIsOneEntryThatIsFoundByItsChain()
    {
        var before = (await Machine.Journal("NETGUARD_CHAIN=DOCKER-USER")).Count;
        await Machine.Output("iptables", "-D", "DOCKER-USER", "2");
        await guarded.Enforced();
        await Machine.Until(async () => (await Machine.Journal("NETGUARD_CHAIN=DOCKER-USER")).Count > before ? null : "no new entry", "tell of the repair");
        var entry = Assert.Single((await Machine.Journal("NETGUARD_CHAIN=DOCKER-USER")).Skip(before));
        Assert.Equal(
            ("drift-repaired", "missing", "ipv4", "filter", "only-8.8.8.8", "! -s 8.8.8.8/32 -i eth0 -j DROP"),
            (Field(entry, "NETGUARD_EVENT"), Field(entry, "NETGUARD_KIND"), Field(entry, "NETGUARD_FAMILY"), Field(entry, "NETGUARD_TABLE"), Field(entry, "NETGUARD_RULE"), Field(entry, "NETGUARD_EXPECTED")));
        Assert.Equal(
            ("4", "netguard", "netguard.service", "journal"),
            (Field(entry, "PRIORITY"), Field(entry, "SYSLOG_IDENTIFIER"), Field(entry, "_SYSTEMD_UNIT"), Field(entry, "_TRANSPORT")));
        Assert.Matches("^[1-9][0-9]*$", Field(entry, "NETGUARD_GAP_USEC"));
        Assert.Matches("^[1-9][0-9]*$", Field(entry, "NETGUARD_BY_PID"));
        Assert.StartsWith("repaired missing: ipv4 DOCKER-USER only-8.8.8.8: ", Field(entry, "MESSAGE"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASettingIsFoundByItsName()
    {
        await Machine.Output("sysctl", "-q", "-w", "net.ipv4.ip_forward=0");
        await Machine.Until(
            async () => (await Machine.Journal("NETGUARD_SYSCTL=net.ipv4.ip_forward", "NETGUARD_EVENT=drift-repaired", "NETGUARD_ACTUAL=0", "NETGUARD_EXPECTED=1")).Count > 0 ? null : "no entry",
            "tell of the setting");
    }

    [Fact]
    public async Task JournalctlExplainsEachEventThatWasTold()
    {
        var told = (await Machine.Journal("-u", "netguard")).Where(entry => entry.TryGetProperty("NETGUARD_EVENT", out _)).ToList();
        Assert.Contains(told, entry => Field(entry, "NETGUARD_EVENT") == "guarding");
        foreach (var entry in told.DistinctBy(entry => Field(entry, "NETGUARD_EVENT")))
        {
            var id = Field(entry, "MESSAGE_ID");
            var shown = await Machine.Output("journalctl", "--no-pager", "-x", $"MESSAGE_ID={id}");
            Assert.Contains("-- Defined-By: NetGuard", shown, StringComparison.Ordinal);
            Assert.Contains("-- Documentation: man:netguard(8)", shown, StringComparison.Ordinal);
            // A field that is not there would be shown by its name.
            Assert.DoesNotMatch("@NETGUARD_[A-Z_]+@", shown);
        }
    }

    [Fact]
    public async Task NoLineHasAStackTrace()
    {
        await Machine.Write("/etc/netguard/conf.d/98-bad.yaml", "chains: [");
        await Machine.Run("sh", "-c", "kill -HUP $(systemctl show --value --property=MainPID netguard)");
        await Machine.Until(async () => (await Machine.Journal("NETGUARD_EVENT=reload-refused")).Count > 0 ? null : "not told", "refuse the file");
        await Machine.Output("rm", "/etc/netguard/conf.d/98-bad.yaml");
        Assert.All(await Machine.Journal("-u", "netguard"), entry => Assert.DoesNotMatch(@"\bat [A-Z]\w+\.\w+|System\.\w+Exception", Field(entry, "MESSAGE")));
        Assert.Contains("/etc/netguard/conf.d/98-bad.yaml:", Field((await Machine.Journal("NETGUARD_EVENT=config-mistake"))[^1], "NETGUARD_AT"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheManualAndTheCompletionsAreInstalled()
    {
        foreach (var page in (string[])["netguard", "netguard.yaml", "org.netguard.NetGuard1"])
        {
            await Machine.Output("man", "-w", page);
        }

        foreach (var file in (string[])["/usr/share/bash-completion/completions/netguard", "/usr/share/zsh/vendor-completions/_netguard", "/usr/share/fish/vendor_completions.d/netguard.fish"])
        {
            await Machine.Output("test", "-s", file);
        }
    }

    [Fact]
    public async Task TheConfinedServiceWritesMetricsThatEverybodyMayRead()
    {
        await Machine.Write("/etc/netguard/conf.d/30-metrics.yaml", "metrics: { textfile: /run/netguard/netguard.prom }\n");
        await Machine.Output("systemctl", "reload", "netguard");
        await Machine.Until("grep -q '^netguard_in_sync 1$' /run/netguard/netguard.prom");
        // As the manual says: node_exporter's folder has a link to it.
        await Machine.Output("mkdir", "-p", "/var/lib/prometheus/node-exporter");
        await Machine.Output("ln", "-s", "/run/netguard/netguard.prom", "/var/lib/prometheus/node-exporter/");
        Assert.Contains("netguard_checks_total", (await Machine.As("nobody", "cat", "/var/lib/prometheus/node-exporter/netguard.prom")).Succeeded().Output, StringComparison.Ordinal);
        // Elsewhere it may not write; that is told, and the guarding goes on.
        await Machine.Write("/etc/netguard/conf.d/30-metrics.yaml", "metrics: { textfile: /var/lib/prometheus/node-exporter/own.prom }\n");
        await Machine.Output("systemctl", "reload", "netguard");
        await Machine.Until(async () => (await Machine.Journal("NETGUARD_EVENT=metrics-unwritten")).Count > 0 ? null : "not told", "tell that it may not write");
        await Machine.Output("iptables", "-F", "DOCKER-USER");
        await guarded.Enforced();
        Assert.NotEqual(0, (await Machine.Run("test", "-e", "/run/netguard/netguard.prom")).ExitCode);

        // With the drop-in of the manual it may.
        await Machine.Write("/etc/systemd/system/netguard.service.d/metrics.conf", "[Service]\nReadWritePaths=/var/lib/prometheus/node-exporter\n");
        await Machine.Output("chown", "netguard", "/var/lib/prometheus/node-exporter");
        await Machine.Output("systemctl", "daemon-reload");
        await Machine.Output("systemctl", "restart", "netguard");
        await Machine.Until("grep -q '^netguard_in_sync 1$' /var/lib/prometheus/node-exporter/own.prom");
        await Machine.Output("rm", "/etc/netguard/conf.d/30-metrics.yaml", "/etc/systemd/system/netguard.service.d/metrics.conf");
        await Machine.Output("systemctl", "daemon-reload");
        await Machine.Output("systemctl", "restart", "netguard");
    }

    private static string Field(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
