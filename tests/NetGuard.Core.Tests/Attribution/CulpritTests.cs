using System.Text;
using CsCheck;
using NetGuard.Core.Attribution;
using Xunit;

namespace NetGuard.Core.Tests.Attribution;

public class CulpritTests
{
    [Fact]
    public void ItNamesTheCommandItsAncestorsAndTheUnit() => Assert.Equal(
        "iptables -F (pid 4711), from ansible-playbook, cron, in cron.service",
        Culprit.From(4711, "iptables"u8,
        [
            Seen(4711, "/usr/sbin/iptables\0-F\0", "iptables", 4700, 100, "0::/system.slice/cron.service\n"),
            Seen(4700, "/usr/bin/python3\0/usr/bin/ansible-playbook\0site.yml\0", "ansible-playboo", 600, 90),
            Seen(600, "/usr/sbin/cron\0-f\0", "cron", 1, 10),
            Seen(1, "/sbin/init\0", "systemd", 0, 1),
        ], 100).ToString());

    [Fact]
    public void WhoIsGoneIsUnknownButForTheKernelsName()
    {
        Assert.Equal("unknown iptables (pid 4711)", Culprit.From(4711, "iptables"u8, [], 100).ToString());
        Assert.Equal("unknown", Culprit.From(0, default, [], 100).ToString());
    }

    [Fact]
    public void ANumberThatWasGivenToAnotherIsNotHim()
    {
        var later = Seen(4711, "vi\0", "iptables", 1, 200);
        var other = Seen(4711, "vi\0", "vi", 1, 50);
        Assert.Equal("unknown iptables (pid 4711)", Culprit.From(4711, "iptables"u8, [later], 100).ToString());
        Assert.Equal("unknown iptables (pid 4711)", Culprit.From(4711, "iptables"u8, [other], 100).ToString());
    }

    [Fact]
    public void AContainersScopeIsCutAsDockerCutsIt() =>
        Assert.Equal("docker-0123456789ab.scope", ControlGroup.Unit(Encoding.ASCII.GetBytes($"0::/system.slice/docker-{string.Concat(Enumerable.Repeat("0123456789abcdef", 4))}.scope\n")));

    [Fact]
    public void ANameMayHoldParentheses()
    {
        Assert.True(ProcessStat.TryParse("7 (a) b (c) S 5 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 12345 0"u8, out var stat));
        Assert.Equal(new(5, 12345), stat);
    }

    [Theory]
    [InlineData("/usr/sbin/iptables\0-I\0X\0\0-s\08.8.8.8\0-j\0DROP\0", "iptables -I X ! -s 8.8.8.8 -j DROP")]
    [InlineData("ip6tables-nft\0-A\0X\0-s\0\0::1\0", "ip6tables-nft -A X -s ! ::1")]
    [InlineData("iptables\0-A\0X\0-m\0comment\0--comment\0\0-j\0DROP\0", "iptables -A X -m comment --comment  -j DROP")]
    [InlineData("other\0a\0\0b\0", "other a  b")]
    public void AnExclamationMarkThatIptablesHasBlankedIsReadBack(string cmdline, string line) =>
        Assert.Equal(line, CommandText.Line(Encoding.UTF8.GetBytes(cmdline)));

    [Fact]
    public void ACommandLineOfSixteenMegabytesIsCutAndKeepsToOneLine()
    {
        var line = CommandText.Line(Encoding.UTF8.GetBytes("sh\0-c\0a; b\n\u001b[31m\u202e" + new string('x', 16 << 20)));
        Assert.StartsWith("sh -c a, b??[31m?xx", line, StringComparison.Ordinal);
        Assert.True(line.Length <= 161);
    }

    [Fact]
    public void NoBytesMakeItThrow() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 100]).Sample((line, stat, cgroup) =>
    {
        var text = Culprit.From(1, stat, [new(1, line, stat, cgroup), new(2, line, [.. "2 (x) S 1 "u8, .. stat], cgroup)], 1).ToString();
        Assert.DoesNotContain(text, char.IsControl);
    }, iter: 5_000);

    private static ProcessSighting Seen(int pid, string commandLine, string name, int parent, int start, string cgroup = "") => new(
        pid, Encoding.UTF8.GetBytes(commandLine), Encoding.UTF8.GetBytes($"{pid} ({name}) S {parent} 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 {start} 0"), Encoding.UTF8.GetBytes(cgroup));
}
