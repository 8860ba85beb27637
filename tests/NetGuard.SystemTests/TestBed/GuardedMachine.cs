using Xunit;

namespace NetGuard.Tests.TestBed;

/// <summary>A machine with NetGuard installed from its package, configured, enabled and guarding; one for all tests of a class.</summary>
public sealed class GuardedMachine : IAsyncLifetime
{
    /// <summary>What is guarded.</summary>
    public const string Config = """
        interval: 5s
        forwarding: { ipv4: on }
        chains:
          FORWARD: { policy: DROP }
          DOCKER-USER:
            rules:
              - name: established
                rule: -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
              - name: only-8.8.8.8
                rule: -i eth0 ! -s 8.8.8.8 -j DROP
                family: ipv4

        """;

    private Machine? _machine;

    /// <summary>The machine.</summary>
    public Machine Machine => _machine ?? throw new InvalidOperationException("not booted");

    /// <summary>Installs, configures and starts NetGuard, as the README says.</summary>
    public static async Task Guard(Machine machine, string config = Config)
    {
        await machine.Install(Repository.Deb);
        await machine.Write("/etc/netguard/netguard.yaml", config);
        if (await machine.Run("systemctl", "enable", "--now", "netguard") is { ExitCode: not 0 } failed)
        {
            var journal = await machine.Output("journalctl", "--no-pager", "-u", "netguard");
            throw new InvalidOperationException($"NetGuard did not start: {failed.Errors}\n{journal}");
        }
    }

    /// <summary>What is still wrong with the guarded state; null for nothing.</summary>
    public static async Task<string?> Fault(Machine machine)
    {
        var rules = await machine.Output("iptables-save", "-t", "filter");
        string[] expected =
        [
            ":FORWARD DROP",
            "-A FORWARD -m comment --comment \"netguard:reach-DOCKER-USER\" -j DOCKER-USER",
            "-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment \"netguard:established\" -j RETURN",
            "-A DOCKER-USER ! -s 8.8.8.8/32 -i eth0 -m comment --comment \"netguard:only-8.8.8.8\" -j DROP",
        ];
        var missing = expected.Where(line => !rules.Contains(line, StringComparison.Ordinal)).ToList();
        if (await machine.Output("cat", "/proc/sys/net/ipv4/ip_forward") != "1\n")
        {
            missing.Add("net.ipv4.ip_forward is off");
        }
        return missing.Count == 0 ? null : $"missing:\n{string.Join('\n', missing)}\nin:\n{rules}";
    }

    /// <summary>Waits until the guarded state is in force.</summary>
    public Task Enforced() => Machine.Until(() => Fault(Machine), "be as it was declared");

    public async ValueTask InitializeAsync()
    {
        _machine = await Machine.Boot();
        await Guard(_machine);
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }
    }
}
