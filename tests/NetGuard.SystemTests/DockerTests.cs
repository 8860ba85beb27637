using System.Globalization;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

/// <summary>A Docker Engine as systemd runs it, NetGuard as a service beside it, and firewalld, which each of them hears of in its own way.</summary>
public class DockerTests
{
    private const string Config = """
        interval: 5s
        forwarding: { ipv4: on }
        docker:
          icc: deny
          links: [{ from: app, to: web, ports: [80/tcp] }]
          published: [{ interfaces: [eth0], ports: [8080/tcp], allow: [8.8.8.8] }]
          heal: on

        """;

    [Fact]
    public async Task FirewalldMayStartReloadAndStopWhileContainersRun()
    {
        await using var machine = await Machine.Boot();
        await StartDocker(machine);
        await GuardedMachine.Guard(machine, Config);
        await machine.Output("mkdir", "-p", "/etc/systemd/system/netguard.service.d");
        await machine.Output("ln", "-s", "/usr/share/netguard/netguard.service.d/docker.conf", "/etc/systemd/system/netguard.service.d/");
        await machine.Output("systemctl", "daemon-reload");
        await machine.Output("systemctl", "restart", "netguard");
        await WorksAsDeclared(machine, "a start");
        await machine.Until("journalctl -u netguard | grep -E 'ipv4: [0-9]+ rules of Docker.s in'");
        // systemd has made Docker's socket, and the service sees no more of dockerd than anybody does.
        Assert.Contains(
            "where Docker itself allows it, by its default (neither dockerd's command line nor /etc/docker/daemon.json speaks of icc)",
            await machine.JournalText("netguard"), StringComparison.Ordinal);
        var started = await machine.Property("docker", "ActiveEnterTimestampMonotonic");

        foreach (var mishap in (string[])
        [
            // What firewalld's own tables let pass is firewalld's business: bridges that it knows nothing of are in its zone public.
            "apt-get -q -y install firewalld && until firewall-cmd --state; do sleep 0.1; done"
                + " && firewall-cmd --permanent --zone=trusted --add-interface=docker0 && firewall-cmd --zone=trusted --add-interface=docker0",
            "firewall-cmd --reload",
            "firewall-cmd --complete-reload",
            "systemctl restart firewalld",
            "iptables -F",
            "systemctl stop firewalld",
            "systemctl start firewalld",
        ])
        {
            (await machine.Shell(mishap, TimeSpan.FromMinutes(4))).Succeeded();
            if (mishap.Contains("start", StringComparison.Ordinal) || mishap.Contains("install", StringComparison.Ordinal))
            {
                await machine.Until("firewall-cmd --state");
            }

            await WorksAsDeclared(machine, mishap);
        }

        // Nobody has restarted Docker for that.
        Assert.Equal(started, await machine.Property("docker", "ActiveEnterTimestampMonotonic"));
        Assert.Equal("active", await machine.Property("netguard", "ActiveState"));
        Assert.Contains("healed ipv4:", await machine.JournalText("netguard"), StringComparison.Ordinal);
    }

    private static async Task StartDocker(Machine machine) => (await machine.Shell("""
        set -e
        for controller in memory blkio cpuset cpuacct freezer cpu pids devices; do
          ! test -d /sys/fs/cgroup/$controller || mount -o remount,rw,bind /sys/fs/cgroup/$controller
        done
        ip netns add outside
        ip link add eth0 type veth peer name eth0 netns outside
        ip address add 198.51.100.1/24 dev eth0
        ip link set eth0 up
        ip -n outside address add 198.51.100.2/24 dev eth0
        ip -n outside address add 8.8.8.8/32 dev eth0
        ip -n outside address add 203.0.113.9/32 dev eth0
        ip -n outside link set eth0 up
        ip -n outside route add default via 198.51.100.1
        ip route add default via 198.51.100.2
        systemctl start docker
        mkdir -p /var/tmp/image/bin /var/tmp/image/www
        cp /bin/busybox /var/tmp/image/bin
        for tool in sh httpd sleep; do ln -s busybox /var/tmp/image/bin/$tool; done
        echo web > /var/tmp/image/www/index.html
        tar -C /var/tmp/image -c . | docker import - bb:1
        for name in web app; do
          publish=$(test $name = app || echo --publish 8080:80)
          docker run --detach --name $name $publish bb:1 sh -c 'httpd -p 80 -h /www; httpd -p 81 -h /www; sleep 1000000'
        done
        """, TimeSpan.FromMinutes(3))).Succeeded();

    private static Task WorksAsDeclared(Machine machine, string after) => machine.Until(() => Fault(machine), $"work as declared after {after}");

    private static async Task<string?> Fault(Machine machine)
    {
        var app = $"/proc/{await Inspect(machine, "app", "State.Pid")}/ns/net";
        var web = await Inspect(machine, "web", "NetworkSettings.IPAddress");
        (string From, string Namespace, string Address, int Port, bool Passes)[] paths =
        [
            ("8.8.8.8", "/run/netns/outside", "198.51.100.1", 8080, true),
            ("203.0.113.9", "/run/netns/outside", "198.51.100.1", 8080, false),
            ("app", app, web, 80, true),
            ("app", app, web, 81, false),
        ];
        foreach (var (from, netns, address, port, passes) in paths)
        {
            var command = string.Create(
                CultureInfo.InvariantCulture,
                $"{(from == "app" ? "" : $"ip -n outside route replace {address} dev eth0 src {from}; ")}nsenter --net={netns} timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/{port} && printf \"GET / HTTP/1.0\\r\\n\\r\\n\" >&3 && read -r line <&3'");
            if (await machine.Shell(command) is var result && result.ExitCode == 0 != passes)
            {
                return $"{from} {(passes ? "does not reach" : "reaches")} {address}:{port}: {result.Errors}\n{(await machine.Shell("iptables-save; nft list ruleset")).Output}";
            }
        }

        return null;
    }

    private static async Task<string> Inspect(Machine machine, string container, string what) =>
        (await machine.Output("docker", "inspect", "--format", $"{{{{.{what}}}}}", container)).Trim();
}
