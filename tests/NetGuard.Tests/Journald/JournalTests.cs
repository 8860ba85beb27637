using NetGuard.Tests.Daemon;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Journald;

/// <summary>The daemon with its output connected to a journal, as systemd starts it.</summary>
public class JournalTests
{
    private const string Config = """
        interval: 1h
        families: [ipv4]
        backend: nft
        chains:
          DOCKER-USER:
            rules: [ { name: only-8.8.8.8, rule: -i eth0 ! -s 8.8.8.8 -j DROP } ]
        """;

    [Fact]
    public async Task ARepairIsOneEntryWithAllThatIsKnownOfIt()
    {
        using var journal = new ListeningJournal();
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = Guard(host, journal);
        journal.WaitFor(entry => Is(entry, "guarding"));
        await host.Iptables("-F", "DOCKER-USER");
        var entry = journal.WaitFor(entry => Is(entry, "drift-repaired"));

        Assert.Equal(entry.Count, entry.Select(field => field.Key).Distinct().Count());
        var fields = entry.ToDictionary();
        Assert.StartsWith("repaired missing: ipv4 DOCKER-USER only-8.8.8.8: ! -s 8.8.8.8/32 -i eth0 -j DROP; by iptables", fields["MESSAGE"], StringComparison.Ordinal);
        Assert.Equal(
            ("4", "netguard", "missing", "ipv4", "filter", "DOCKER-USER", "only-8.8.8.8", "! -s 8.8.8.8/32 -i eth0 -j DROP"),
            (fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"], fields["NETGUARD_KIND"], fields["NETGUARD_FAMILY"], fields["NETGUARD_TABLE"], fields["NETGUARD_CHAIN"],
                fields["NETGUARD_RULE"], fields["NETGUARD_EXPECTED"]));
        Assert.Matches("^[0-9a-f]{32}$", fields["MESSAGE_ID"]);
        Assert.Matches("^[0-9]+$", fields["NETGUARD_BY_PID"]);
        Assert.Equal("iptables-nft", fields["NETGUARD_BY_COMM"]);
        Assert.Matches("^[0-9]+$", fields["NETGUARD_GAP_USEC"]);
        Assert.Empty(daemon.Lines);
    }

    [Fact]
    public async Task ACommentOfAStrangersForgesNeitherFieldNorLine()
    {
        using var journal = new ListeningJournal();
        await using var host = await GuardedNetns.Create(Config.Replace("rules:", "exclusive: true\n    rules:", StringComparison.Ordinal));
        await using var daemon = Guard(host, journal);
        journal.WaitFor(entry => Is(entry, "guarding"));
        await host.Iptables("-A", "DOCKER-USER", "-m", "comment", "--comment", "a\nPRIORITY=7\nNETGUARD_EVENT=in-sync\n\u001b[2J", "-j", "ACCEPT");
        var entry = journal.WaitFor(entry => Is(entry, "drift-remains"));
        Assert.Equal(["drift-remains"], entry.Where(field => field.Key == "NETGUARD_EVENT").Select(field => field.Value));
        Assert.Equal(["3"], entry.Where(field => field.Key == "PRIORITY").Select(field => field.Value));
        Assert.DoesNotContain(entry.Single(field => field.Key == "MESSAGE").Value, char.IsControl);
        Assert.Contains("NETGUARD_EVENT=in-sync", entry.Single(field => field.Key == "NETGUARD_ACTUAL").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABadFileAtTheStartIsAnErrorInTheJournal()
    {
        using var journal = new ListeningJournal();
        await using var host = await GuardedNetns.Create("mode: strict\nintervall: 5s\n");
        await using var daemon = Guard(host, journal);
        Assert.Equal(78, await daemon.WaitForExit());
        var first = journal.WaitFor(entry => Is(entry, "start-refused")).ToDictionary();
        Assert.Contains("netguard.yaml:1:7: ", first["MESSAGE"], StringComparison.Ordinal);
        Assert.Equal("3", first["PRIORITY"]);
        journal.WaitFor(entry => Is(entry, "start-refused") && entry.ToDictionary()["MESSAGE"].Contains("netguard.yaml:2:1: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutJournaldsSocketEachLineGoesOutWithJournaldsPriorityAndNoTime()
    {
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = Guard(host, null);
        await daemon.WaitForLine(line => line.StartsWith("<6>guarding;", StringComparison.Ordinal));
        Assert.Contains(daemon.Lines, line => line.Text.StartsWith("<4>repaired missing: ipv4 DOCKER-USER", StringComparison.Ordinal));
        Assert.All(daemon.Lines, line => Assert.Matches("^<[3-7]>[a-z]", line.Text));
    }

    [Fact]
    public async Task AnInheritedJournalStreamThatIsNotOursChangesNothing()
    {
        using var journal = new ListeningJournal();
        await using var host = await GuardedNetns.Create(Config);
        await using var daemon = Guard(host, journal, stream: "1:2");
        var line = await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        Assert.Matches("^[0-9:.]{12} info ", line);
    }

    internal static bool Is(List<KeyValuePair<string, string>> entry, string name) => entry.Contains(new("NETGUARD_EVENT", name));

    // A /run/systemd of its own: the machine's journal, if there is one, is left alone.
    internal static RunningProgram Guard(GuardedNetns host, ListeningJournal? journal, string stream = "$(stat -L -c %d:%i /proc/self/fd/2)") => host.Netns.Start(
        "unshare",
        [
            "--mount", "sh", "-ec",
            $"mkdir -p /run/systemd; mount -t tmpfs none /run/systemd; mkdir /run/systemd/journal; [ -z \"$1\" ] || mount --bind \"$1\" /run/systemd/journal; export JOURNAL_STREAM={stream}; exec \"$2\" daemon --config \"$3\"",
            "sh", journal?.Folder ?? "", NetguardBinary.Path, host.ConfigPath,
        ],
        isAskedFirst: true);
}
