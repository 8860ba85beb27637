using System.Globalization;
using System.Text.Json;
using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using Xunit;

namespace NetGuard.Tests.Cli;

/// <summary><c>apply --confirm</c> and <c>confirm</c>, on the real executable.</summary>
public sealed class TrialTests : IAsyncLifetime
{
    private const string Layout = "docker-20.10-icc-false-link.rules";

    // Of everything that can change something: a policy, a rule in a new chain, one that moves, an exclusive chain, settings that the kernel couples.
    private const string Configuration = """
        forwarding: { ipv4: on, interfaces: { br0: off } }
        sysctls: { net.ipv4.conf.all.rp_filter: 2 }
        chains:
          INPUT: { policy: DROP }
          FORWARD:
            policy: ACCEPT
            rules:
              - { name: late, rule: -i eth0 -p tcp --dport 25 -j DROP }
          DOCKER-USER:
            rules:
              - { name: second, rule: -i eth0 ! -s 8.8.8.8 -j DROP }
          OWN:
            rules: [ { name: inner, rule: -j RETURN } ]
          nat/CROWDED: { exclusive: true, rules: [ { name: mine, rule: -s 10.0.0.0/8 -j RETURN } ] }
        """;

    private readonly ConfigDir _files = new();
    private Netns _netns = null!;
    private string _config = "";

    public async ValueTask InitializeAsync()
    {
        _netns = await Netns.Create();
        await _netns.AddBridge("br0", "10.9.0.1/24");
        _config = _files.Write("netguard.yaml", Configuration);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhatIsNotConfirmedIsTakenBackToTheLastCounter(Backend backend)
    {
        await Load(backend);
        var before = await _netns.World();
        var apply = await Apply("1s");
        Assert.Equal(1, apply.ExitCode);
        Assert.Contains("in sync: ", apply.Output, StringComparison.Ordinal);
        Assert.Contains("taken back: ", apply.Output, StringComparison.Ordinal);
        Assert.Equal(before, await _netns.World());
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhatStandsInAChainThatWasGivenAnotherNameIsTakenBackThere(Backend backend)
    {
        await Load(backend);
        await using var apply = Start("10m");
        await OnTrial(apply);
        await _netns.Iptables(backend, Family.Ipv4, "-E", "DOCKER-USER", "RENAMED");
        await _netns.Iptables(backend, Family.Ipv4, "-E", "OWN", "MINE");
        Assert.Equal("taken back", (await Confirm("--rollback")).Succeeded().Output.Trim());
        Assert.Equal(1, await apply.WaitForExit());
        var taken = await _netns.Save(backend, Family.Ipv4);
        Assert.DoesNotContain(":MINE", taken, StringComparison.Ordinal); // NetGuard had made it.

        // Docker's own rules, and the way to them, are as they were, under the name that somebody has given them.
        await using var other = await Netns.Create();
        await other.AddBridge("br0", "10.9.0.1/24");
        var netns = _netns;
        _netns = other;
        await Load(backend);
        await _netns.Iptables(backend, Family.Ipv4, "-E", "DOCKER-USER", "RENAMED");
        Assert.Equal(Rules(await _netns.Save(backend, Family.Ipv4)), Rules(taken));
        _netns = netns;

        static IEnumerable<string> Rules(string saved) => saved.Split('\n').Where(line => line is [':' or '-', ..]).Select(line => line.Split('[')[0]);
    }

    [Theory]
    [InlineData(Backend.Nft)]
    [InlineData(Backend.Legacy)]
    public async Task WhatOthersChangeMeanwhileStays(Backend backend)
    {
        await Load(backend);
        await using var apply = Start("10m");
        await OnTrial(apply);
        await Others();
        await _netns.Iptables(backend, Family.Ipv4, "-N", "THEIRS");
        await _netns.SetSysctl("net.ipv4.conf.all.rp_filter", "1");
        Assert.Equal("taken back", (await Confirm("--rollback")).Succeeded().Output.Trim());
        Assert.Equal(1, await apply.WaitForExit());
        var taken = await _netns.World();

        // The same without a trial.
        await using var other = await Netns.Create();
        await other.AddBridge("br0", "10.9.0.1/24");
        var netns = _netns;
        _netns = other;
        await Load(backend);
        await Others();
        await _netns.Iptables(backend, Family.Ipv4, "-N", "THEIRS");
        await _netns.SetSysctl("net.ipv4.conf.all.rp_filter", "1");
        Assert.Equal(await _netns.World(), taken);
        _netns = netns;

        async Task Others()
        {
            await _netns.Iptables(backend, Family.Ipv4, "-D", "FORWARD", "-o", "docker0", "-j", "DOCKER");
            await _netns.Iptables(backend, Family.Ipv4, "-A", "FORWARD", "-i", "theirs0", "-j", "ACCEPT");
            await _netns.Iptables(backend, Family.Ipv4, "-A", "DOCKER", "-i", "theirs0", "-j", "ACCEPT");
            await _netns.Iptables(backend, Family.Ipv4, "-t", "nat", "-A", "POSTROUTING", "-o", "theirs0", "-j", "MASQUERADE");
        }
    }

    [Fact]
    public async Task WhatIsConfirmedStays()
    {
        await Load(Backend.Nft);
        await using var apply = Start("10m");
        await OnTrial(apply);
        Assert.Equal("confirmed", (await Confirm()).Succeeded().Output.Trim());
        Assert.Equal(0, await apply.WaitForExit());
        Assert.Equal(0, (await _netns.Netguard("diff", "--config", _config)).ExitCode);
        Assert.StartsWith("netguard: nothing is on trial here", Complaint.Line(await Confirm()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATerminalThatDiesTakesNothingWithIt()
    {
        await Load(Backend.Nft);
        var before = await _netns.World();
        await using var terminal = _netns.Start("script", ["-qefc", $"{NetguardBinary.Path} apply --config {_config} --confirm 5s", "/dev/null"]);
        await OnTrial(terminal);
        terminal.Send(Signal.Kill);
        Assert.Equal(before, await WorldOnce(before));
    }

    [Fact]
    public async Task TheCommandThatIsKilledIsNotWhatTakesBack()
    {
        await Load(Backend.Nft);
        await using var apply = Start("10m");
        await OnTrial(apply);
        apply.Send(Signal.Kill);
        await apply.WaitForExit();
        Assert.Equal("confirmed", (await Confirm()).Succeeded().Output.Trim());
        Assert.Contains("netguard:second", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatATrialKeepsIsRootsAlone()
    {
        await using var apply = Start("10m");
        await OnTrial(apply);
        var id = (await _netns.Output("readlink", ["/proc/self/ns/net"])).Trim()[5..^1];
        foreach (var kind in (string[])["lock", "json", "sock"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"/run/netguard-trial/{id}.{kind}"));
        }
    }

    [Fact]
    public async Task AnInterruptionTakesBackAtOnce()
    {
        await Load(Backend.Nft);
        var before = await _netns.World();
        await using var apply = Start("10m");
        await OnTrial(apply);
        apply.Send(Signal.Interrupt);
        Assert.Equal(1, await apply.WaitForExit());
        Assert.Equal(before, await _netns.World());
    }

    [Fact]
    public async Task WhereTheProcessThatWouldTakeBackIsKilledTheCommandDoesIt()
    {
        await Load(Backend.Nft);
        var before = await _netns.World();
        await using var apply = Start("10m");
        await OnTrial(apply);
        Libc.Send(Signal.Kill, Child(apply.Pid));
        Assert.Equal(1, await apply.WaitForExit());
        Assert.Contains(apply.Lines, line => line.Text.Contains("was killed: they are taken back now", StringComparison.Ordinal));
        Assert.Equal(before, await _netns.World());
    }

    [Fact]
    public async Task WhereBothAreKilledNothingIsLost()
    {
        await Load(Backend.Nft);
        var before = await _netns.World();
        await KillBoth();
        (await Confirm("--rollback")).Succeeded();
        Assert.Equal(before, await _netns.World());
        await KillBoth();
        Assert.StartsWith("confirmed; the process that would have taken the changes back had been killed", (await Confirm()).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(1, (await Confirm("--rollback")).ExitCode);
        Assert.Equal(0, (await _netns.Netguard("diff", "--config", _config)).ExitCode);
    }

    [Fact]
    public async Task WhatAKilledTrialLeftBehindIsOutOfDateOnceAFileIsAppliedForGood()
    {
        await Load(Backend.Nft);
        await KillBoth();
        (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        Assert.StartsWith("netguard: nothing is on trial here", Complaint.Line(await Confirm("--rollback")), StringComparison.Ordinal);
        Assert.Equal(0, (await _netns.Netguard("diff", "--config", _config)).ExitCode);
    }

    [Fact]
    public async Task NothingIsAppliedOnTopOfATrial()
    {
        await Load(Backend.Nft);
        await using var apply = Start("10m");
        await OnTrial(apply);
        const string UnderWay = "netguard: a configuration is on trial already: say netguard confirm, or netguard confirm --rollback, first";
        Assert.Equal(UnderWay, Complaint.Line(await Apply("10m")));
        Assert.Equal(UnderWay, Complaint.Line(await _netns.Netguard("apply", "--config", _config)));
        Assert.Equal(UnderWay, Complaint.Line(await _netns.Netguard("daemon", "--config", _config)));
        await using var elsewhere = await Netns.Create();
        await elsewhere.AddBridge("br0");
        (await elsewhere.Netguard("apply", "--config", _config)).Succeeded();
    }

    [Fact]
    public async Task WhereADaemonGuardsNothingIsTriedBesideIt()
    {
        await using var daemon = _netns.StartDaemon(_config);
        await daemon.WaitForLine(line => line.Contains("guarding;", StringComparison.Ordinal));
        Assert.Contains($"a daemon (pid {daemon.Pid}) guards this network namespace", Complaint.Line(await Apply("1s")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereNothingDiffersThereIsNothingToConfirm()
    {
        (await _netns.Netguard("apply", "--config", _config)).Succeeded();
        Assert.Contains("there is nothing to confirm", (await Apply("10m")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileWithAMistakeChangesNothing()
    {
        await Load(Backend.Nft);
        var before = await _netns.World();
        var wrong = _files.Write("wrong.yaml", Configuration + "\nboo: 1\n");
        Assert.Contains(":15:1: ", Complaint.Line(await _netns.Netguard("apply", "--config", wrong, "--confirm", "10m")), StringComparison.Ordinal);
        Assert.Equal("netguard: --confirm 60: without a unit (did you mean 60s)", Complaint.Line(await Apply("60")));
        Assert.Equal(before, await _netns.World());
    }

    [Fact]
    public async Task JsonSaysWhatBecameOfIt()
    {
        using var read = JsonDocument.Parse((await _netns.Netguard("apply", "--config", _config, "--confirm", "1s", "--json")).Output);
        Assert.False(read.RootElement.GetProperty("confirmed").GetBoolean());
        Assert.Contains(read.RootElement.GetProperty("rolled_back").EnumerateArray(), line => line.GetString() == "iptables-nft -t filter -X OWN");
        Assert.Empty(read.RootElement.GetProperty("not_rolled_back").EnumerateArray());
    }

    [Fact]
    public async Task WhereAChainIsGoneTheRestIsTakenBackAndThatIsSaid()
    {
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-N", "OWN");
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-A", "OWN", "-m", "comment", "--comment", "netguard:old", "-j", "DROP");
        await using var apply = Start("10m");
        await OnTrial(apply);
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-F", "OWN");
        await _netns.Iptables(Backend.Nft, Family.Ipv4, "-X", "OWN");
        (await Confirm("--rollback")).Succeeded();
        await apply.WaitForExit();
        Assert.Contains(apply.Lines, line => line.Text == "left: ipv4 OWN is gone: what stood in it does not come back");
        Assert.DoesNotContain("netguard:", await _netns.Save(Backend.Nft, Family.Ipv4), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await Confirm("--rollback"); // Of a test that failed.
        var id = (await _netns.Output("readlink", ["/proc/self/ns/net"])).Trim()[5..^1];
        foreach (var left in Directory.GetFiles("/run/netguard-trial", $"{id}.*"))
        {
            File.Delete(left); // Of a process that was killed.
        }

        await _netns.DisposeAsync();
        _files.Dispose();
    }

    private async Task Load(Backend backend)
    {
        await _netns.LoadLayout(backend, Family.Ipv4, Layout);
        await _netns.Restore(backend, Family.Ipv6, "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n");
        await _netns.Output(
            $"iptables-{backend.Name()}-restore", ["--noflush", "--counters", "--wait"],
            """
            *nat
            -N CROWDED
            [7:700] -A CROWDED -i theirs1 -j RETURN
            [8:800] -A CROWDED -s 10.0.0.0/8 -j RETURN
            COMMIT
            *filter
            [3:300] -I FORWARD 3 -i eth0 -p tcp -m tcp --dport 25 -m comment --comment "netguard:late" -j DROP
            [4:400] -I DOCKER-USER -m comment --comment "netguard:stale" -j RETURN
            [5:500] -A FORWARD -i theirs2 -j ACCEPT
            COMMIT

            """);
    }

    private RunningProgram Start(string within) => _netns.Start(NetguardBinary.Path, ["apply", "--config", _config, "--confirm", within]);

    private Task<ProgramResult> Apply(string within) => _netns.Netguard("apply", "--config", _config, "--confirm", within);

    private Task<ProgramResult> Confirm(params string[] options) => _netns.Netguard(["confirm", .. options]);

    private static Task<string> OnTrial(RunningProgram apply) => apply.WaitForLine(line => line.StartsWith("on trial: ", StringComparison.Ordinal));

    private async Task KillBoth()
    {
        await using var apply = Start("10m");
        await OnTrial(apply);
        var child = Child(apply.Pid);
        apply.Send(Signal.Kill);
        await apply.WaitForExit();
        Libc.Send(Signal.Kill, child);
        while (Directory.Exists($"/proc/{child}/task/{child}/net"))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    // Nobody is there to say when it has been taken back.
    private async Task<string> WorldOnce(string expected)
    {
        var world = await _netns.World();
        for (var i = 0; i < 300 && world != expected; i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            world = await _netns.World();
        }

        return world;
    }

    private static int Child(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim(), CultureInfo.InvariantCulture);
}
