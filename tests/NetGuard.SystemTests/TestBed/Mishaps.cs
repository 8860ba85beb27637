namespace NetGuard.Tests.TestBed;

/// <summary>Something of every kind of drift, on a machine with <see cref="GuardedMachine.Config"/>.</summary>
internal static class Mishaps
{
    private const string Exclusive = "/etc/netguard/conf.d/70-exclusive.yaml";
    private const string Established = "-m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment netguard:established -j RETURN";
    private const string Only = "! -s 8.8.8.8/32 -i eth0 -m comment --comment netguard:only-8.8.8.8 -j DROP";

    // Several commands are one transaction: between two, the repair would come first.
    private static readonly string[] All =
    [
        "iptables -F", // missing, unreachable
        "iptables -D DOCKER-USER 1",
        "iptables -F FORWARD",
        "iptables -P FORWARD ACCEPT", // policy
        Restore("-F", "-X DOCKER-USER"), // chain-missing
        Restore($"-D DOCKER-USER {Established}", $"-A DOCKER-USER {Established}"), // misplaced
        "iptables -I DOCKER-USER 1 -s 10.3.0.0/16 -j ACCEPT",
        $"iptables -R DOCKER-USER 2 {Only.Replace("eth0", "eth1", StringComparison.Ordinal)}", // altered
        $"iptables -A DOCKER-USER {Only}", // duplicate
        "iptables -I DOCKER-USER 1 -m comment --comment netguard:stale -j DROP", // stale
        "iptables -A OURS-ALONE -s 10.4.0.0/16 -j ACCEPT", // foreign
        "sysctl -q -w net.ipv4.ip_forward=0", // sysctl
    ];

    /// <summary>Does one after the other, and waits each time until all is as it was declared, rule by rule.</summary>
    /// <param name="machine">Where.</param>
    /// <param name="more">What else is done there.</param>
    public static async Task AreRepaired(Machine machine, params string[] more)
    {
        await machine.Write(Exclusive, "chains: { OURS-ALONE: { exclusive: true, rules: [ { name: alone, rule: -s 10.5.0.0/16 -j DROP, family: ipv4 } ] } }\n");
        await machine.Output("systemctl", "reload", "netguard");
        foreach (var mishap in (string[])[.. All, .. more])
        {
            (await machine.Shell(mishap)).Succeeded();
            await machine.Until(async () => await GuardedMachine.Fault(machine) ?? await Chains(machine), $"repair {mishap}");
            // A stranger's own rule stays, and would be in the way of the next.
            await machine.Run("iptables", "-D", "DOCKER-USER", "-s", "10.3.0.0/16", "-j", "ACCEPT");
        }

        await machine.Output("rm", Exclusive);
        await machine.Output("systemctl", "reload", "netguard");
    }

    // A stranger's rule may follow; nothing else may be there.
    private static async Task<string?> Chains(Machine machine)
    {
        var rules = (await machine.Run("iptables", "-S")).Output.Replace("\"", "", StringComparison.Ordinal).Split('\n');
        string[] guarded = [.. rules.Where(rule => rule.StartsWith("-A DOCKER-USER ", StringComparison.Ordinal) || rule.StartsWith("-A OURS-ALONE ", StringComparison.Ordinal))];
        string[] expected = [$"-A DOCKER-USER {Established}", $"-A DOCKER-USER {Only}", "-A OURS-ALONE -s 10.5.0.0/16 -m comment --comment netguard:alone -j DROP"];
        string[] left = [.. guarded.Where(rule => rule != "-A DOCKER-USER -s 10.3.0.0/16 -j ACCEPT")];
        return left.SequenceEqual(expected) && guarded.Take(2).SequenceEqual(expected.Take(2)) ? null : string.Join('\n', guarded);
    }

    private static string Restore(params string[] steps) => $"printf '*filter\\n{string.Concat(steps.Select(step => step + "\\n"))}COMMIT\\n' | iptables-restore --noflush";
}
