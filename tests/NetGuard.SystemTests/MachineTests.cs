using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.SystemTests;

public class MachineTests
{
    [Fact]
    public async Task AMachineBootsRebootsAndLeavesNothing()
    {
        string folder;
        await using (var machine = await Machine.Boot())
        {
            folder = Path.GetDirectoryName(machine.Root)!;
            await machine.Write("/etc/netguard-was-here", "yes\n");
            var before = await machine.Output("cat", "/proc/sys/kernel/random/boot_id");
            Assert.Equal("systemd\n", await machine.Output("cat", "/proc/1/comm"));
            Assert.Equal("65534\n", (await machine.As("nobody", "id", "-u")).Output);
            await machine.Reboot();
            Assert.Equal("yes\n", await machine.Output("cat", "/etc/netguard-was-here"));
            Assert.NotEmpty(before);
        }
        Assert.False(Directory.Exists(folder));
        Assert.False(Directory.Exists($"/sys/fs/cgroup/systemd/{Path.GetFileName(folder)}"));
    }

    [Fact]
    public async Task TwoMachinesKeepOutOfEachOthersWay()
    {
        await using var one = await Machine.Boot();
        await using var other = await Machine.Boot();
        await one.Output("systemd-run", "--unit=sleeper", "sleep", "1000");
        await other.Output("systemd-run", "--unit=sleeper", "sleep", "1000");
        await one.Output("systemctl", "stop", "sleeper");
        Assert.Equal("active", await other.Property("sleeper", "ActiveState"));
        await one.Output("iptables", "-P", "FORWARD", "DROP");
        Assert.Contains("-P FORWARD ACCEPT", await other.Output("iptables", "-S", "FORWARD"), StringComparison.Ordinal);
    }
}
