using NetGuard.Core.Policy;
using NetGuard.Core.Repair;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Tests.Xtables;

/// <summary>The kernel's form of a rule is the one that the host shows of an equal rule, whoever wrote it.</summary>
public sealed class CanonicalFormTests
{
    private static readonly ChainKey User = new(TableName.Filter, new("CHAIN"));

    public static TheoryData<Backend, Family> Kinds => new()
    {
        { Backend.Nft, Family.Ipv4 }, { Backend.Nft, Family.Ipv6 }, { Backend.Legacy, Family.Ipv4 }, { Backend.Legacy, Family.Ipv6 },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static RuleDraft Draft(ChainKey chain, string rule, int number) =>
        new(chain, new(rule, new("netguard.yaml", number, 1)) { Name = $"rule {number}" });

    [Theory, MemberData(nameof(Kinds))]
    public async Task EveryCommonRuleIsKnownAgainPutInPlaceAndTakenAway(Backend backend, Family family)
    {
        await using var bench = await NetnsBench.Make(backend);
        await bench.Netns.Output("ipset", ["create", "banned", "hash:ip", "family", family == Family.Ipv4 ? "inet" : "inet6"]);
        var live = new List<RuleDraft>();
        foreach (var (draft, i) in CommonRules.For(family).Select((r, i) => (Draft(r.Chain, r.Rule, i + 1), i)))
        {
            // What this kernel or this variant of the tools does not have at all is no matter of NetGuard's.
            if ((await bench.Netns.Run($"{family.Tool()}-{backend.Name()}-restore", ["--noflush"], Text(draft))).ExitCode == 0)
            {
                live.Add(draft);
            }
        }

        var canonical = await bench.Xtables.CanonicalizeAsync(family, live, Cancel);
        Assert.Empty(canonical.Refused);

        // A stranger's rule and the declared one look the same.
        var shown = await bench.Xtables.ReadAsync(family, Cancel);
        var forms = live.SelectMany(draft => canonical.Accepted[draft.Config], (draft, rule) => (draft.Chain, rule)).ToList();
        foreach (var chain in live.Select(d => d.Chain).Distinct())
        {
            Assert.Equal(forms.Where(f => f.Chain == chain).Select(f => f.rule.Body), shown.Find(chain)!.Rules.Select(r => r.Text));
        }

        Assert.All(live, draft => Assert.All(canonical.Accepted[draft.Config], rule => Assert.Equal(draft.Config.Name, rule.Owner)));

        // What NetGuard writes comes back as it was, before the strangers' and without moving them; it can be taken away by its text.
        await bench.Xtables.RestoreAsync(new(family, [.. InTables(forms).Reverse().Select(f => new InsertRule(f.Chain, 1, "n", f.Rule))]), Cancel);
        var both = await bench.Xtables.ReadAsync(family, Cancel);
        foreach (var chain in live.Select(d => d.Chain).Distinct())
        {
            Assert.Equal(
                [.. forms.Where(f => f.Chain == chain).Select(f => f.rule.Text), .. shown.Find(chain)!.Rules.Select(r => r.Text)],
                both.Find(chain)!.Rules.Select(r => r.Text));
        }

        await bench.Xtables.RestoreAsync(new(family, [.. InTables(forms).Select(f => new DeleteRule(f.Chain, f.Rule))]), Cancel);
        Assert.Equal(shown, await bench.Xtables.ReadAsync(family, Cancel));
        Assert.InRange(live.Count, CommonRules.For(family).Count() * 85 / 100, int.MaxValue);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task EachRefusedRuleIsToldInTheToolsWordsAndTheOthersAreTaken(Backend backend, Family family)
    {
        await using var bench = await NetnsBench.Make(backend);
        (ChainKey Chain, string Rule, string? Words)[] rules =
        [
            (ChainKey.Forward, "-i a -j DROP", null),
            (ChainKey.Forward, "-p tcp --dport nonsense -j DROP", "invalid port/service `nonsense' specified"),
            (ChainKey.Forward, "-i b -j DROP", null),
            (ChainKey.Forward, "-m nosuchmatch -j DROP", "Couldn't load match `nosuchmatch'"),
            (ChainKey.Forward, "-m owner --uid-owner 0 -j DROP", ""),
            (ChainKey.Forward, "-j REJECT --reject-with tcp-reset", ""),
            (ChainKey.DockerUser, "-i c -j RETURN", null),
            (ChainKey.DockerUser, "-m owner --uid-owner 0 -j RETURN", ""),
            (User, "--dport 80 -j DROP", "unknown option \"--dport\""),
            (User, family == Family.Ipv4 ? "-j DNAT --to-destination 10.0.0.1" : "-j DNAT --to-destination fd00::1", ""),
            (User, "-i d -j DROP", null),
            (new(TableName.Nat, new("PREROUTING")), "-p tcp -j REDIRECT --to-ports 80", null),
            (new(TableName.Nat, new("POSTROUTING")), "-p tcp -j REDIRECT --to-ports 80", ""),
            (ChainKey.Forward, "-j MASQUERADE", ""),
        ];
        var drafts = rules.Select((r, i) => Draft(r.Chain, r.Rule, i + 1)).ToList();
        var canonical = await bench.Xtables.CanonicalizeAsync(family, drafts, Cancel);
        Assert.Equal(
            rules.Zip(drafts).Where(r => r.First.Words is null).Select(r => r.First.Rule),
            drafts.Where(d => canonical.Accepted.ContainsKey(d.Config)).Select(d => d.Config.Text));
        foreach (var (rule, draft) in rules.Zip(drafts).Where(r => r.First.Words is not null))
        {
            Assert.Contains(rule.Words!, canonical.Refused[draft.Config], StringComparison.Ordinal);
            Assert.DoesNotContain('\n', canonical.Refused[draft.Config]);
            Assert.NotEmpty(canonical.Refused[draft.Config]);
        }

        Assert.DoesNotContain((await bench.Xtables.ReadAsync(family, Cancel)).Chains, c => c.Value.Rules.Count > 0);
    }

    [Theory]
    [InlineData("hash:ip family inet", true, false)]
    [InlineData("hash:net family inet6", false, true)]
    [InlineData("bitmap:port range 1-100", true, true)]
    [InlineData("list:set", true, true)]
    [InlineData(null, true, false)]
    public async Task ARuleWithASetIsForTheFamiliesOfTheSetThatTheHostHas(string? type, bool ipv4, bool ipv6)
    {
        await using var bench = await NetnsBench.Make(Backend.Nft);
        if (type is not null)
        {
            await bench.Netns.Output("ipset", ["create", "banned", .. type.Split(' ')]);
        }

        var draft = Draft(ChainKey.Forward, "-m set --match-set banned src -j DROP", 1);
        foreach (var (family, taken) in new[] { (Family.Ipv4, ipv4), (Family.Ipv6, ipv6) })
        {
            var canonical = await bench.Xtables.CanonicalizeAsync(family, [draft], Cancel);
            Assert.Equal((family, taken), (family, canonical.Accepted.ContainsKey(draft.Config)));
        }
    }

    private static string Text(RuleDraft draft) =>
        $"*{draft.Chain.Table}\n{(draft.Config.Text.EndsWith("CHAIN", StringComparison.Ordinal) ? ":CHAIN - [0:0]\n" : "")}-A {draft.Chain.Chain} {draft.Config.Text}\nCOMMIT\n";

    private static IEnumerable<(ChainKey Chain, Rule Rule)> InTables(IEnumerable<(ChainKey Chain, Rule Rule)> forms) =>
        forms.OrderBy(f => f.Chain.Table.Value, StringComparer.Ordinal);
}
