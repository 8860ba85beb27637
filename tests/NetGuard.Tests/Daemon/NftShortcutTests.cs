using CsCheck;
using NetGuard.Core.Diff;
using NetGuard.Core.Netlink;
using NetGuard.Core.Nftables;
using NetGuard.Core.Policy;
using NetGuard.Core.Ports;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Core.Watch;
using NetGuard.Daemon;
using NetGuard.Netlink;
using NetGuard.Tests.Xtables;
using Xunit;

namespace NetGuard.Tests.Daemon;

/// <summary>Repairs without a process, held to those of iptables-restore.</summary>
public sealed class NftShortcutTests
{
    private static readonly ChainKey Forward = ChainKey.Forward;
    private static readonly ChainKey DockerUser = ChainKey.DockerUser;

    public static TheoryData<Family> Families => [Family.Ipv4, Family.Ipv6];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Families))]
    public async Task AnyWorldIsPutRightAsIptablesRestoreWouldHave(Family family)
    {
        await using var bed = await Bed.Make(family);
        var inProcess = 0;
        await RandomWorlds.Any.SampleAsync(
            async any =>
            {
                var world = any with { Desired = new DesiredRuleset(family, any.Desired.Chains) };
                bed.Want(world.Desired);
                await bed.Bench.Load(family, world.LoadText());
                var before = await bed.Bench.Dump(family);
                bed.Tables.ReadWhole();
                var byTools = await bed.Plan();
                await bed.Bench.Xtables.RestoreAsync(byTools, Cancel);
                var restored = await bed.Bench.Dump(family);
                Assert.True((await bed.Plan()).IsEmpty); // What it has put in is known from now on.

                await bed.Bench.Load(family, world.LoadText());
                var known = await bed.Tables.ReadAsync(family, Cancel);
                var diff = RulesetDiff.Between(world.Desired, known);
                var plan = RulesetPlan.For(diff);
                var read = WatchScope.Of(new DesiredState([world.Desired], []), [known]).In(family).Where(chain => chain.Rules).Select(chain => chain.Chain).ToHashSet();
                if (byTools.Steps.Any(step => step is DeleteRule && !read.Contains(step.Key)))
                {
                    return; // A stale rule in a chain that nothing declared depends on is found when all is read, and not sooner.
                }

                Assert.Equal(ByChain(byTools), ByChain(plan));
                var started = bed.Bench.Launcher.Started;
                await bed.Tables.RestoreAsync(plan, Cancel);
                inProcess += bed.Bench.Launcher.Started == started ? 1 : 0;
                Assert.True(bed.Bench.Launcher.Started == started || plan.Steps.Any(step => step is CreateChain), plan.ToRestoreText());
                var repaired = await bed.Bench.Dump(family);
                Assert.Equal(WithoutTimes(restored), WithoutTimes(repaired));
                new RepairFacts(world, diff, before, repaired).HoldAll();
                Assert.True((await bed.Plan()).IsEmpty);
            },
            iter: 25, threads: 1, print: world => world.ToString());
        Assert.InRange(inProcess, 20, 1000);
    }

    [Theory, MemberData(nameof(Families))]
    public async Task EveryCommonRuleComesBackToItsPlaceAsIptablesRestorePutsIt(Family family)
    {
        await using var bed = await Bed.Make(family);
        var drafts = new List<RuleDraft>();
        foreach (var (chain, rule) in CommonRules.For(family).Where(r => !r.Rule.Contains("-m set", StringComparison.Ordinal)))
        {
            var user = rule.EndsWith("CHAIN", StringComparison.Ordinal) ? ":CHAIN - [0:0]\n" : "";
            if ((await bed.Bench.Netns.Run($"{family.Tool()}-nft-restore", ["--noflush"], $"*{chain.Table}\n{user}-A {chain.Chain} {rule}\nCOMMIT\n")).ExitCode == 0)
            {
                drafts.Add(new(chain, new(rule, new("netguard.yaml", drafts.Count + 1, 1)) { Name = $"r{drafts.Count + 1}" }));
            }
        }

        foreach (var table in drafts.Select(draft => draft.Chain.Table).Distinct())
        {
            await bed.Iptables("-t", table.Value, "-F");
        }

        await bed.Iptables("-A", "FORWARD", "-i", "first", "-j", "ACCEPT");
        await bed.Iptables("-A", "FORWARD", "-i", "last", "-j", "ACCEPT");
        var canonical = await bed.Bench.Xtables.CanonicalizeAsync(family, drafts, Cancel);
        var chains = drafts.GroupBy(draft => draft.Chain).Select(chain =>
        {
            var rules = chain.SelectMany(draft => canonical.Accepted[draft.Config], (draft, rule) => new DesiredRule(draft.Config.Name, rule, draft.Config.At)).ToList();
            return new DesiredChain(chain.Key) { Top = [.. rules.Where((_, i) => i % 2 == 0)], Bottom = [.. rules.Where((_, i) => i % 2 == 1)] };
        }).ToList();
        bed.Want(new(family, [.. chains]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        var (saved, bodies) = (await bed.Save(), bed.Bodies(chains));

        // The top, the bottom, every second one, all: what is left stays the very same.
        foreach (var gone in new Func<int, int, bool>[] { (i, n) => i < n / 3, (i, n) => i > n - (n / 3), (i, _) => i % 2 == 0, (i, _) => i % 3 == 1, (_, _) => true })
        {
            foreach (var chain in chains)
            {
                var count = chain.Top.Count + chain.Bottom.Count;
                var lines = string.Concat(chain.Top.Concat(chain.Bottom).Where((_, i) => gone(i, count)).Select(rule => $"-D {chain.Key.Chain} {rule.Rule.Text}\n"));
                await bed.Bench.Netns.Output($"{family.Tool()}-nft-restore", ["--noflush"], $"*{chain.Key.Table}\n{lines}COMMIT\n");
            }

            await bed.RepairInProcess();
            Assert.Equal(saved, await bed.Save());
            Assert.Equal(bodies, bed.Bodies(chains));
        }

        Assert.InRange(chains.Sum(chain => chain.Top.Count + chain.Bottom.Count), 60, int.MaxValue);
    }

    [Fact]
    public async Task AFlushADeletedRuleAPolicyAndADeletedChainAreMendedWithoutAProcess()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        await bed.Iptables("-A", "FORWARD", "-i", "stranger", "-j", "ACCEPT");
        bed.Want(new(Family.Ipv4, [World.Want("FORWARD", policy: ChainPolicy.Drop), World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"], bottom: ["-i eth1 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.Equal("", (await bed.Plan()).ToRestoreText());
        var saved = await bed.Save();

        string[][][] breaks =
        [
            [["-D", "DOCKER-USER", "1"]], [["-P", "FORWARD", "ACCEPT"]], [["-F", "DOCKER-USER"]], [["-D", "FORWARD", "1"]],
            [["-D", "FORWARD", "1"], ["-F", "DOCKER-USER"], ["-X", "DOCKER-USER"], ["-P", "FORWARD", "ACCEPT"]],
        ];
        foreach (var broken in breaks)
        {
            foreach (var arguments in broken)
            {
                await bed.Iptables(arguments);
            }

            await bed.RepairInProcess();
            Assert.Equal(saved, await bed.Save());
        }

        await bed.Iptables("-F");
        await bed.RepairInProcess();
        Assert.Equal(saved.Where(line => !line.Contains("stranger", StringComparison.Ordinal)), await bed.Save());
    }

    [Fact]
    public async Task OfATableWithTenThousandRulesOfStrangersARepairReadsTheGuardedChainsAlone()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        var strangers = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"-A STRANGERS -s 10.1.{i >> 8}.{i & 255} -j ACCEPT\n"));
        await bed.Bench.Netns.Restore(Backend.Nft, Family.Ipv4, $"*filter\n:FORWARD ACCEPT [0:0]\n:STRANGERS - [0:0]\n{strangers}COMMIT\n");
        bed.Want(new(Family.Ipv4, [World.Want("FORWARD", policy: ChainPolicy.Drop), World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        await bed.Iptables("-F", "DOCKER-USER");
        await bed.RepairInProcess();
        Assert.True((await bed.Plan()).IsEmpty);
        Assert.Equal(["DOCKER-USER", "FORWARD"], Assert.Single(bed.Tables.Last).Tables.SelectMany(table => table.Chains).Select(chain => chain.Name.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WhatIsUnknownIsAskedOfTheToolsAndKnownFromThenOn()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);

        await bed.Iptables("-I", "DOCKER-USER", "-s", "1.2.3.4", "-j", "ACCEPT");
        var started = bed.Bench.Launcher.Started;
        var plan = await bed.Plan();
        Assert.Equal(started + 1, bed.Bench.Launcher.Started); // iptables -S DOCKER-USER
        Assert.Equal(["-D", "-I"], plan.Steps.Select(step => step.Line[..2]));
        await bed.Tables.RestoreAsync(plan, Cancel);
        Assert.Equal(started + 1, bed.Bench.Launcher.Started);
        Assert.True((await bed.Plan()).IsEmpty);

        await bed.Iptables("-F", "DOCKER-USER");
        await bed.Iptables("-A", "DOCKER-USER", "-s", "1.2.3.4", "-j", "ACCEPT");
        await bed.RepairInProcess();
    }

    [Fact]
    public async Task ACommitBetweenReadingAndWritingIsNoticedAndNothingWritten()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        await bed.Iptables("-F", "DOCKER-USER");
        var plan = await bed.Plan();
        await bed.Iptables("-A", "INPUT", "-i", "elsewhere", "-j", "ACCEPT");
        Assert.True((await Assert.ThrowsAsync<XtablesException>(() => bed.Tables.RestoreAsync(plan, Cancel))).IsOutdated);
        Assert.DoesNotContain("-A DOCKER-USER", string.Concat(await bed.Save()), StringComparison.Ordinal);
        await bed.RepairInProcess();
    }

    [Fact]
    public async Task ARuleWithASetIsLeftToTheTools()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        await bed.Bench.Netns.Output("ipset", ["create", "banned", "hash:ip"]);
        bed.Want(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-m set --match-set banned src -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        await bed.Iptables("-F", "DOCKER-USER");

        // Its number may be another set's by now.
        await bed.Bench.Netns.Output("ipset", ["create", "other", "hash:ip"]);
        await bed.Bench.Netns.Output("ipset", ["swap", "other", "banned"]);
        var started = bed.Bench.Launcher.Started;
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.NotEqual(started, bed.Bench.Launcher.Started);
        Assert.True((await bed.Plan()).IsEmpty);
        Assert.Contains("--match-set banned src", string.Concat(await bed.Save()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANativeRuleWithASetDoesNotPassForThePlainOneThatIptablesShows()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("FORWARD", top: ["-j DROP"])]));
        await bed.Iptables("-A", "FORWARD", "-i", "stranger", "-j", "ACCEPT");
        await bed.Bench.Netns.Output("nft", ["insert rule ip filter FORWARD ip saddr { 1.1.1.1, 2.2.2.2 } counter drop"]);
        Assert.Contains("-A FORWARD -j DROP", await bed.Save());
        var diff = RulesetDiff.Between(bed.Desired, await bed.Tables.ReadAsync(Family.Ipv4, Cancel));
        Assert.Equal([DriftKind.Unreadable], diff.Drifts.Select(drift => drift.Kind));
        Assert.Contains("with a set", diff.Drifts[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATableThatIsGoneIsLeftToTheTools()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("FORWARD", policy: ChainPolicy.Drop), World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        var saved = await bed.Save();
        await bed.Bench.Netns.Output("nft", ["flush ruleset"]);
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        Assert.Equal(saved, await bed.Save());
    }

    [Fact]
    public async Task WhatTheToolsToldBeforeACommitIsNotTakenForTheBytesBehindIt()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        var meddled = new MeddledXtables(bed.Bench.Xtables);
        var tables = bed.Watch(meddled);
        tables.Desired = new([new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])])], []);
        await tables.RestoreAsync(RulesetPlan.For(RulesetDiff.Between(tables.Desired.Rulesets[0], await tables.ReadAsync(Family.Ipv4, Cancel))), Cancel);

        // The tools have told of NetGuard's rule, and now a stranger's stands in its place: as bytes, they are no pair.
        var own = (await bed.Save()).Single(line => line.StartsWith("-A DOCKER-USER", StringComparison.Ordinal))[3..];
        meddled.BehindRead = () => bed.Bench.Netns.Output("iptables-nft-restore", ["--noflush"], $"*filter\n-D {own}\n-A DOCKER-USER -i theirs -j ACCEPT\nCOMMIT\n");
        tables.ReadWhole();
        await tables.ReadAsync(Family.Ipv4, Cancel);
        meddled.BehindRead = null;

        // He takes it away again, and nobody brings it back.
        await bed.Iptables("-F", "DOCKER-USER");
        for (var i = 0; i < 2; i++)
        {
            var plan = RulesetPlan.For(RulesetDiff.Between(tables.Desired.Rulesets[0], await tables.ReadAsync(Family.Ipv4, Cancel)));
            await tables.RestoreAsync(plan, Cancel);
        }

        Assert.Equal([$"-A {own}"], (await bed.Save()).Where(line => line.StartsWith("-A DOCKER-USER", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhatIsKnownStaysKnownWhereSomebodyCommitsWhileTheToolsRead()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        var meddled = new MeddledXtables(bed.Bench.Xtables);
        var tables = bed.Watch(meddled);
        tables.Desired = new([new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])])], []);
        await tables.RestoreAsync(RulesetPlan.For(RulesetDiff.Between(tables.Desired.Rulesets[0], await tables.ReadAsync(Family.Ipv4, Cancel))), Cancel);
        await tables.ReadAsync(Family.Ipv4, Cancel);

        meddled.BehindRead = () => bed.Bench.Netns.Output("iptables-nft-restore", ["--noflush"], "*filter\n-A INPUT -i theirs -j ACCEPT\nCOMMIT\n");
        tables.ReadWhole();
        await tables.ReadAsync(Family.Ipv4, Cancel);
        var started = bed.Bench.Launcher.Started;
        Assert.True(RulesetDiff.Between(tables.Desired.Rulesets[0], await tables.ReadAsync(Family.Ipv4, Cancel)).Drifts.Count == 0);
        Assert.Equal(started, bed.Bench.Launcher.Started);
    }

    [Fact]
    public async Task RulesThatComeAndGoWithoutEndAreForgottenAndThoseThatAreThereAreNot()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        var meddled = new MeddledXtables(bed.Bench.Xtables);
        var tables = bed.Watch(meddled);
        for (var turn = 0; turn < 6; turn++)
        {
            tables.Desired = new([new(Family.Ipv4, [World.Want("DOCKER-USER", top: [.. Enumerable.Range(0, 600).Select(i => $"-s 10.{turn}.{i / 250}.{i % 250}/32 -j DROP")])])], []);
            meddled.Readings = 0;
            for (var step = 0; step < 2; step++)
            {
                await tables.RestoreAsync(RulesetPlan.For(RulesetDiff.Between(tables.Desired.Rulesets[0], await tables.ReadAsync(Family.Ipv4, Cancel))), Cancel);
            }

            Assert.Equal(turn == 0 ? 1 : 0, meddled.Readings);
        }

        var started = bed.Bench.Launcher.Started;
        await tables.ReadAsync(Family.Ipv4, Cancel);
        Assert.Equal(started, bed.Bench.Launcher.Started);
    }

    [Fact]
    public async Task WhatTheKernelRefusesIsTriedByTheToolsWhichSayWhy()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("A", top: ["-i eth0 -j DROP"]), World.Want("DOCKER-USER", top: ["-j A"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        await bed.Iptables("-F", "DOCKER-USER");
        await bed.Iptables("-A", "A", "-j", "DOCKER-USER"); // The jump to A would close the circle.
        var plan = await bed.Plan();
        var (before, started) = (await bed.Save(), bed.Bench.Launcher.Started);
        var refusal = await Assert.ThrowsAsync<XtablesException>(() => bed.Tables.RestoreAsync(plan, Cancel));
        Assert.False(refusal.IsOutdated);
        Assert.Contains("iptables-nft-restore", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(started + 1, bed.Bench.Launcher.Started);
        Assert.Equal(before, await bed.Save());
    }

    [Fact]
    public async Task WhatACommitTookAwayComesBackByWhatWasToldOfIt()
    {
        await using var bed = await Bed.Make(Family.Ipv4);
        bed.Want(new(Family.Ipv4, [World.Want("FORWARD", policy: ChainPolicy.Drop), World.Want("DOCKER-USER", top: ["-i eth0 -j DROP", "-i eth1 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        var (saved, started) = (await bed.Save(), bed.Bench.Launcher.Started);
        using var listener = await bed.Bench.Netns.Inside(() =>
        {
            var opened = new NetlinkListener(Nlmsg.Netfilter, [Nfnetlink.NftablesGroup], 1 << 20);
            opened.Open();
            return opened;
        });
        var scope = WatchScope.Of(bed.Tables.Desired, bed.Tables.Last);
        string[][] breaks = [["-D", "DOCKER-USER", "1"], ["-P", "FORWARD", "ACCEPT"], ["-F"]];
        foreach (var broken in breaks)
        {
            await bed.Iptables(broken);
            var (commit, made) = Told(listener, scope);
            Assert.True(commit.IsPlain);
            Assert.NotEmpty(bed.Tables.Mend(Family.Ipv4, commit, made, made - 1));
            Assert.Equal(saved, await bed.Save());
            Assert.Equal(started, bed.Bench.Launcher.Started);
            Assert.True((await bed.Plan()).IsEmpty);
            started = bed.Bench.Launcher.Started;
            while (listener.Receive().Length > 0)
            {
                // Our own.
            }
        }

        // Somebody else's commit in between: what was told is not all.
        await bed.Iptables("-F", "DOCKER-USER");
        var (flush, then) = Told(listener, scope);
        await bed.Iptables("-P", "FORWARD", "ACCEPT");
        Assert.Equal(
            [DriftKind.Missing, DriftKind.Missing, DriftKind.Policy], bed.Tables.Mend(Family.Ipv4, flush, then, then - 1).Select(drift => drift.Kind).Order());
        Assert.Equal(saved, await bed.Save());
    }

    [Fact]
    public async Task WhereTheToolsShowNoCommentOfNftablesOwnTheTagComesAsTheyWriteIt()
    {
        await using var bed = await Bed.Make(Family.Ipv4, (xtables, nft) => new BlindToNativeComments(xtables, nft));
        bed.Want(new(Family.Ipv4, [World.Want("DOCKER-USER", top: ["-i eth0 -j DROP"])]));
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        await bed.Iptables("-F", "DOCKER-USER");
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True(bed.HasNativeComment(DockerUser)); // So it is put back first,

        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.True((await bed.Plan()).IsEmpty);
        Assert.False(bed.HasNativeComment(DockerUser)); // and taken back when the tools do not know it for what it is.
        Assert.Single(await bed.Save(), line => line == $"-A DOCKER-USER {World.Own("r1", "-i eth0 -j DROP")}");

        // That is remembered.
        await bed.Iptables("-F", "DOCKER-USER");
        await bed.Tables.RestoreAsync(await bed.Plan(), Cancel);
        Assert.False(bed.HasNativeComment(DockerUser));
        Assert.True((await bed.Plan()).IsEmpty);
    }

    private static (NftTransaction Commit, uint Made) Told(NetlinkListener listener, WatchScope scope)
    {
        var commit = new NftTransaction();
        while (true)
        {
            var datagram = listener.Receive();
            Assert.False(datagram.IsEmpty);
            while (NetlinkMessage.TryRead(ref datagram, out var message))
            {
                if (NftEvent.TryParse(message, out var change) && change.Kind == NfTables.NewGeneration)
                {
                    return (commit, change.Generation);
                }

                commit.Add(change, scope);
            }
        }
    }

    // Which chain comes first is no matter.
    private static IEnumerable<string> ByChain(RulesetPlan plan) =>
        plan.Steps.OrderBy(step => step is not CreateChain).ThenBy(step => step.Key.ToString(), StringComparer.Ordinal).Select(step => step.Line);

    private static string WithoutTimes(string dump) => string.Join('\n', dump.Split('\n').Where(line => line is not ['#', ..]));

    // As iptables was that knew only its own extension "comment".
    private sealed class BlindToNativeComments(IXtables tools, NftTables nft) : IXtables
    {
        public static bool IsNative(NftRule rule) => NlAttr.TryFind(rule.Body, NfTables.RuleUserData, out _);

        public async Task<Ruleset> ReadAsync(Family family, CancellationToken cancel)
        {
            var ruleset = await tools.ReadAsync(family, cancel);
            return ruleset with
            {
                Tables = [.. ruleset.Tables.Select(table => table with { Chains = [.. table.Chains.Select(chain => Shown(family, new(table.Name, chain.Name), chain))] })],
            };
        }

        public async Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel) =>
            Shown(family, key, await tools.ReadChainAsync(family, key, cancel));

        public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => tools.ReadCountedAsync(family, cancel);

        public Task RestoreAsync(RulesetPlan plan, CancellationToken cancel) => tools.RestoreAsync(plan, cancel);

        public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) => tools.CanonicalizeAsync(family, drafts, cancel);

        private Chain Shown(Family family, ChainKey key, Chain chain)
        {
            var rules = nft.DumpRules(family, key);
            return chain with { Rules = [.. chain.Rules.Select((rule, i) => IsNative(rules[i]) ? new(rule.Body) : rule)] };
        }
    }

    private sealed class Bed : IAsyncDisposable
    {
        private readonly Family _family;
        private readonly NftTables _nft;

        private Bed(Family family, NetnsBench bench, NftTables nft, Func<IXtables, NftTables, IXtables> tools)
        {
            (_family, Bench, _nft) = (family, bench, nft);
            Tables = new(tools(bench.Xtables, nft), Backend.Nft, nft);
        }

        public NetnsBench Bench { get; }

        public WatchedXtables Tables { get; }

        public DesiredRuleset Desired => Tables.Desired.Rulesets[0];

        public static async Task<Bed> Make(Family family, Func<IXtables, NftTables, IXtables>? tools = null)
        {
            var bench = await NetnsBench.Make(Backend.Nft);
            var nft = await bench.Netns.Inside(NftTables.Open);
            return new(family, bench, nft, tools ?? ((xtables, _) => xtables));
        }

        public bool HasNativeComment(ChainKey chain) => BlindToNativeComments.IsNative(Assert.Single(_nft.DumpRules(_family, chain)));

        /// <summary>The same tables, read by way of others.</summary>
        public WatchedXtables Watch(IXtables by) => new(by, Backend.Nft, _nft);

        public void Want(DesiredRuleset desired)
        {
            Tables.Desired = new([desired], []);
            Tables.ReadWhole();
        }

        public Task<string> Iptables(params IReadOnlyList<string> arguments) => Bench.Netns.Iptables(Backend.Nft, _family, arguments);

        public async Task<string[]> Save() => [.. WithoutTimes(await Bench.Netns.Save(Backend.Nft, _family)).Split('\n')];

        public async Task<RulesetPlan> Plan() => RulesetPlan.For(RulesetDiff.Between(Desired, await Tables.ReadAsync(_family, Cancel)));

        public string[] Bodies(List<DesiredChain> chains) =>
            [.. chains.SelectMany(chain => _nft.DumpRules(_family, chain.Key)).Select(rule => Convert.ToHexString(NativeTag.Of(rule.Body) ?? rule.Body))];

        public async Task RepairInProcess()
        {
            var started = Bench.Launcher.Started;
            var plan = await Plan();
            Assert.False(plan.IsEmpty);
            await Tables.RestoreAsync(plan, Cancel);
            Assert.Equal(started, Bench.Launcher.Started);
            Assert.True((await Plan()).IsEmpty);
            Assert.NotEqual(started, Bench.Launcher.Started); // The tools have had the last word.
        }

        public async ValueTask DisposeAsync()
        {
            _nft.Dispose();
            await Bench.DisposeAsync();
        }
    }

    /// <summary>Has somebody do something behind each reading of the tools.</summary>
    private sealed class MeddledXtables(IXtables inner) : IXtables
    {
        public Func<Task>? BehindRead { get; set; }

        public int Readings { get; set; }

        public async Task<Ruleset> ReadAsync(Family family, CancellationToken cancel)
        {
            Readings++;
            var ruleset = await inner.ReadAsync(family, cancel);
            await (BehindRead?.Invoke() ?? Task.CompletedTask);
            return ruleset;
        }

        public Task<Chain> ReadChainAsync(Family family, ChainKey key, CancellationToken cancel) => inner.ReadChainAsync(family, key, cancel);

        public Task<Ruleset> ReadCountedAsync(Family family, CancellationToken cancel) => inner.ReadCountedAsync(family, cancel);

        public Task RestoreAsync(RulesetPlan plan, CancellationToken cancel) => inner.RestoreAsync(plan, cancel);

        public Task<CanonicalRules> CanonicalizeAsync(Family family, IReadOnlyList<RuleDraft> drafts, CancellationToken cancel) => inner.CanonicalizeAsync(family, drafts, cancel);
    }
}
