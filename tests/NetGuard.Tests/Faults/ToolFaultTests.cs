using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Faults;

/// <summary>The firewall's own tools fail in every way that has been seen, on the real executable. Strangers' rules are always what they were.</summary>
public sealed class ToolFaultTests : IAsyncLifetime
{
    // $folder/save and $folder/restore name a fault for good, $folder/save-once and restore-once for a single run. Trials in a namespace of
    // NetGuard's own are left in peace.
    private const string Faulty = """
        [ "$(readlink /proc/self/ns/net)" = "$(cat "$folder/netns")" ] || exec "$real" "$@"
        fault=none
        [ ! -e "$folder/$what" ] || fault=$(cat "$folder/$what")
        if mv "$folder/$what-once" "$folder/used-$$" 2> /dev/null; then fault=$(cat "$folder/used-$$"); fi
        case $fault in
          none) exec "$real" "$@" ;;
          fails) echo "the device is on fire" >&2; exit 1 ;;
          silent) exit 1 ;;
          killed) kill -9 $$ ;;
          hangs) exec sleep 300 ;;
          half) if [ $what = save ]; then "$real" "$@" > "$folder/text-$$"; head -c $(($(wc -c < "$folder/text-$$") / 2)) "$folder/text-$$"
            else cat > "$folder/text-$$"; head -n $(($(wc -l < "$folder/text-$$") / 2)) "$folder/text-$$" | "$real" "$@"; fi ;;
          empty) if [ $what = save ]; then printf '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'; else cat > /dev/null; fi ;;
          nothing) cat > /dev/null ;;
          incompatible) printf "chain \`FORWARD' in table \`filter' is incompatible, use 'nft' tool.\n" ;;
          noise) head -c 3000 /dev/urandom ;;
          first) cat > "$folder/text-$$"; sed '/^COMMIT/q' "$folder/text-$$" | "$real" "$@"; echo "the second table is on fire" >&2; exit 1 ;;
          endless) exec yes -- '-A FORWARD -i theirs0 -j ACCEPT' ;;
        esac
        """;

    private const string Configuration = """
        interval: 1s
        backend: BACKEND
        families: [ipv4]
        forwarding: { ipv4: on }
        chains:
          FORWARD: { policy: DROP }
          DOCKER-USER:
            rules: [ { name: mine, rule: -i eth0 -j DROP } ]
          mangle/PREROUTING:
            rules: [ { name: mark, rule: -i eth0 -j MARK --set-mark 1 } ]
        """;

    private readonly ConfigDir _files = new();
    private readonly StandIns _tools = new(Faulty);
    private Netns _netns = null!;

    public static TheoryData<string, string, Backend> Faults => [.. from backend in Enum.GetValues<Backend>() from fault in Kinds select (fault.What, fault.How, backend)];

    private static IEnumerable<(string What, string How)> Kinds =>
    [
        .. new[] { "fails", "silent", "killed", "half", "empty", "nothing", "noise", "incompatible" }.Select(how => ("save", how)),
        .. new[] { "fails", "silent", "killed", "half", "nothing", "first" }.Select(how => ("restore", how)),
    ];

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        _tools.Tell("netns", (await _netns.Output("readlink", ["/proc/self/ns/net"])).Trim());
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task AToolThatFailsOnceIsTriedAgain(string what, string how, Backend backend)
    {
        await Load(backend);
        var config = Config(backend);
        _tools.Tell($"{what}-once", how);
        (await _tools.Netguard(_netns, "apply", "--config", config)).Succeeded();
        Assert.False(File.Exists($"{_tools.Folder}/{what}-once"), "the fault has not been met");
        await AllIsWell(backend);
        Assert.Equal(0, (await _netns.Netguard("diff", "--config", config)).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task AToolThatGoesOnFailingIsReportedAndHarmsNobody(string what, string how, Backend backend)
    {
        await Load(backend);
        var before = await Strangers(backend);
        var rules = await _netns.Save(backend, Family.Ipv4);
        _tools.Tell(what, how);
        var apply = await _tools.Netguard(_netns, "apply", "--config", Config(backend));
        Assert.Equal(before, await Strangers(backend));
        if (how == "incompatible")
        {
            Assert.Contains("unreadable", apply.Output, StringComparison.Ordinal);
        }
        else
        {
            Assert.All(apply.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("netguard: ipv4: ", line, StringComparison.Ordinal));
        }

        // A dump that lies, and is whole, cannot be told from the truth: each repair is one more attempt, and none is believed.
        // One that does a table at a time gets there.
        Assert.Equal(how == "first" ? 0 : 1, apply.ExitCode);
        if (what == "save" && how is not ("empty" or "nothing" or "incompatible"))
        {
            Assert.Equal(Bare(rules), Bare(await _netns.Save(backend, Family.Ipv4)));
        }

        File.Delete($"{_tools.Folder}/{what}");
        (await _tools.Netguard(_netns, "apply", "--config", Config(backend))).Succeeded();
        await AllIsWell(backend);
        Assert.Equal(before, await Strangers(backend));
    }

    [Fact]
    public async Task AToolThatHangsIsKilledWithItsChildrenAndTheDaemonGoesOn()
    {
        await Load(Backend.Legacy);
        await using var daemon = _tools.StartDaemon(_netns, Config(Backend.Legacy));
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        var said = daemon.Lines.Count;
        _tools.Tell("restore-once", "hangs");
        await _netns.Iptables(Backend.Legacy, Family.Ipv4, "-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said, TimeSpan.FromSeconds(180));
        Assert.False(File.Exists($"{_tools.Folder}/restore-once"), "the fault has not been met");
        await AllIsWell(Backend.Legacy);
    }

    [Fact]
    public async Task AToolThatNeverStopsTalkingIsCutShort()
    {
        await Load(Backend.Nft);
        _tools.Tell("save", "endless");
        var diff = await _tools.Netguard(_netns, "diff", "--config", Config(Backend.Nft));
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("printed more than 32 MB and was killed", diff.Output + diff.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolsThatVanishAndComeBackAreSaidToBeMissingAndTheGuardGoesOn()
    {
        await Load(Backend.Legacy);
        await using var daemon = _tools.StartDaemon(_netns, Config(Backend.Legacy));
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        var said = daemon.Lines.Count;
        _tools.Remove("iptables-legacy-restore");
        await _netns.Iptables(Backend.Legacy, Family.Ipv4, "-F", "DOCKER-USER");
        await daemon.WaitForLine(line => line.Contains("iptables-legacy-restore cannot be started", StringComparison.Ordinal), said);
        _tools.PutBack("iptables-legacy-restore");
        await daemon.WaitForLine(line => line.Contains("repaired missing: ipv4 DOCKER-USER mine", StringComparison.Ordinal), said);
        await AllIsWell(Backend.Legacy);
    }

    public async ValueTask DisposeAsync()
    {
        await _netns.DisposeAsync();
        _tools.Dispose();
        _files.Dispose();
    }

    private string Config(Backend backend) => _files.Write("netguard.yaml", Configuration.Replace("BACKEND", backend.Name(), StringComparison.Ordinal));

    private async Task Load(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, "docker-20.10-icc-false-link.rules");
        await _netns.Restore(backend, Family.Ipv4, "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -i theirs0 -j ACCEPT\nCOMMIT\n");
    }

    private async Task AllIsWell(Backend backend)
    {
        var rules = await _netns.Save(backend, Family.Ipv4);
        Assert.Contains(":FORWARD DROP", rules, StringComparison.Ordinal);
        Assert.Single(rules.Split('\n'), line => line.Contains("netguard:mine", StringComparison.Ordinal));
        Assert.Single(rules.Split('\n'), line => line.Contains("netguard:mark", StringComparison.Ordinal));
    }

    private async Task<List<string>> Strangers(Backend backend) =>
        [.. (await _netns.Save(backend, Family.Ipv4)).Split('\n').Where(line => line.StartsWith("-A", StringComparison.Ordinal) && !line.Contains("netguard:", StringComparison.Ordinal))];

    private static string Bare(string save) => string.Join('\n', save.Split('\n').Where(line => !line.StartsWith('#')).Select(line => line.Split(" [")[0]));
}
