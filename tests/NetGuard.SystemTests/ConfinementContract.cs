using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>What the service may and may not.</summary>
public abstract class ConfinementContract
{
    /// <summary>Where NetGuard guards <see cref="GuardedMachine.Config"/>.</summary>
    protected abstract Machine Machine { get; }

    [Fact]
    public async Task ItRunsAsItsOwnUserWithOneCapability()
    {
        var pid = await Machine.Property("netguard", "MainPID");
        var status = await Machine.Output("cat", $"/proc/{pid}/status");
        var uid = (await Machine.Output("id", "-u", "netguard")).Trim();
        Assert.Contains($"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n", status, StringComparison.Ordinal);
        foreach (var set in (string[])["Inh", "Prm", "Eff", "Bnd", "Amb"])
        {
            Assert.Contains($"Cap{set}:\t0000000000001000\n", status, StringComparison.Ordinal); // CAP_NET_ADMIN is 12.
        }
        Assert.Contains("NoNewPrivs:\t1\n", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2\n", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItRepairsEveryKindOfDrift()
    {
        await Mishaps.AreRepaired(Machine, "nft flush ruleset");
        (await Machine.Shell("ip6tables -F")).Succeeded();
        await Machine.Until("ip6tables -S DOCKER-USER | grep -q netguard:established");
    }

    [Fact]
    public async Task WhoDidItIsStillSeen()
    {
        // Of all processes, root's too, the command line must stay readable.
        var (code, output) = await Probe("cat /proc/1/cmdline | tr '\\0' ' '");
        Assert.Equal(0, code);
        Assert.Contains("systemd", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("touch /etc/netguard/netguard.yaml")]
    [InlineData("touch /etc/here")]
    [InlineData("touch /usr/bin/here")]
    [InlineData("touch /var/lib/here")]
    [InlineData("touch /run/here")]
    [InlineData("ls /home/somebody")]
    [InlineData("ls /root")]
    [InlineData("modprobe dummy")]
    [InlineData("echo 1 > /proc/sys/kernel/sysrq")]
    [InlineData("echo 1 > /proc/sys/vm/drop_caches")]
    [InlineData("dmesg")]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("unshare --user true")]
    [InlineData("unshare --net true")]
    [InlineData("unshare --mount true")]
    [InlineData("hostname other")]
    [InlineData("kill -0 1")]
    [InlineData("cat /etc/shadow")]
    [InlineData("cp /bin/true /run/netguard/true && chmod +x /run/netguard/true && /run/netguard/true")]
    [InlineData("ping -c 1 127.0.0.1")]
    [InlineData("cat < /dev/tcp/127.0.0.1/22")]
    public async Task ItMayNot(string command)
    {
        var (code, output) = await Probe(command);
        Assert.True(code != 0, $"{command} succeeded:\n{output}");
    }

    [Theory]
    [InlineData("iptables-nft-save")]
    [InlineData("ip6tables-nft-save")]
    [InlineData("cat /etc/netguard/netguard.yaml")]
    [InlineData("cat /proc/1/stat /proc/1/cgroup")]
    [InlineData("touch /run/netguard/here && rm /run/netguard/here")]
    [InlineData("cat /run/xtables.lock")]
    [InlineData("v=$(cat /proc/sys/net/ipv4/conf/lo/forwarding) && echo $v > /proc/sys/net/ipv4/conf/lo/forwarding")]
    [InlineData("netguard check")]
    [InlineData("test -S /run/netguard/scratch")]
    public async Task ItMay(string command)
    {
        var (code, output) = await Probe(command);
        Assert.True(code == 0, $"{command} failed:\n{output}");
    }

    [Fact]
    public async Task RulesAreJudgedInAScratchNetworkAndNotInTheLiveTables()
    {
        // Other users' ids, and sets, cannot be judged in a user namespace.
        await Machine.Write("/etc/netguard/conf.d/30-odd.yaml", """
            chains:
              DOCKER-USER:
                rules:
                  - name: set
                    rule: -m set --match-set some-set src -j RETURN
                    family: ipv4
              OUTPUT:
                rules:
                  - name: owner
                    rule: -m owner --uid-owner somebody -p tcp --dport 2375 -j DROP

            """);
        await using var commits = Machine.Start("nft", "monitor", "new", "chains");
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var (code, output) = await Probe("netguard check");
        await Machine.Output("rm", "/etc/netguard/conf.d/30-odd.yaml");
        Assert.True(code == 0, output);
        Assert.Contains("owner", output, StringComparison.Ordinal);
        Assert.DoesNotContain(commits.Lines, line => line.Text.Contains("NETGUARD-SCRATCH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("somebody")]
    [InlineData("nobody")]
    public async Task NobodyElseGetsToTheScratchNetwork(string user)
    {
        var result = await Machine.As(user, "busybox", "nc", "local:/run/netguard/scratch");
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public async Task TheScratchServiceRunsNothingButTheFirewallsTools()
    {
        foreach (var tool in (string[])["sh", "/bin/sh", "../../bin/iptables-x-save", "iptables", "netguard", "iptables-apply"])
        {
            var reply = await Machine.Run(["/usr/bin/netguard", "scratch"], $$"""{"Tool":"{{tool}}","Arguments":["-c","touch /run/here"],"Input":null}""" + "\n");
            Assert.Contains("is none of the tools that run here", reply.Output, StringComparison.Ordinal);
        }
        Assert.NotEqual(0, (await Machine.Run("test", "-e", "/run/here")).ExitCode);
    }

    // What the files' owners allow to everybody, the unit's confinement still does not.
    [Theory]
    [InlineData("touch /etc/open/$(id -un)")]
    [InlineData("touch /usr/open/$(id -un)")]
    [InlineData("touch /usr/lib/open/$(id -un)")]
    [InlineData("touch /var/lib/open/$(id -un)")]
    [InlineData("touch /run/open/$(id -un)")]
    [InlineData("touch /dev/shm/$(id -un)")]
    [InlineData("ls /home/open")]
    [InlineData("ls /usr/lib/modules/open")]
    [InlineData("cp /bin/true /tmp/$(id -un) && /tmp/$(id -un)")]
    [InlineData("cp /bin/true /var/tmp/$(id -un) && /var/tmp/$(id -un)")]
    [InlineData("echo > /dev/open")]
    public async Task NotEvenWhereEverybodyMay(string command)
    {
        (await Machine.Shell("""
            set -e
            for folder in /etc/open /usr/open /usr/lib/open /var/lib/open /run/open /home/open /usr/lib/modules/open; do
              mkdir -p $folder
              chmod 0777 $folder
            done
            test -e /dev/open || mknod -m 0666 /dev/open c 1 3
            """)).Succeeded();
        Assert.Equal(0, (await Machine.As("nobody", "sh", "-c", command)).ExitCode);
        var (code, output) = await Probe(command);
        Assert.True(code != 0, $"{command} succeeded:\n{output}");
    }

    // The same unit with another program in it.
    private async Task<(int Code, string Output)> Probe(string command)
    {
        await Machine.Write("/run/probe.sh", $"{command}\n");
        await Machine.Write("/run/make-probe", """
            sed -e 's/^Type=.*/Type=oneshot/' -e 's|^ExecStart=.*|ExecStart=/bin/bash /run/probe.sh|' -e '/^ExecReload=/d' -e '/^Restart/d' -e '/^Watchdog/d' \
              -e '/^After=/d' -e '/^Before=/d' "$(systemctl show --value --property=FragmentPath netguard)" > /run/systemd/system/probe.service
            sed -i 's|^\[Service\]|&\nStandardOutput=file:/run/probe.out\nStandardError=file:/run/probe.out|' /run/systemd/system/probe.service
            rm -f /run/probe.out
            systemctl daemon-reload
            systemctl start probe.service

            """);
        await Machine.Run("sh", "/run/make-probe");
        var code = int.Parse(await Machine.Property("probe", "ExecMainStatus"), System.Globalization.CultureInfo.InvariantCulture);
        var output = (await Machine.Run("cat", "/run/probe.out")).Output;
        await Machine.Run("systemctl", "reset-failed", "probe.service");
        return (code, output);
    }
}
