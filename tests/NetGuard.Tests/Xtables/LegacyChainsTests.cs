using NetGuard.Core.State;
using NetGuard.Tests.TestBed;
using NetGuard.Xtables;
using Xunit;

namespace NetGuard.Tests.Xtables;

public class LegacyChainsTests
{
    public static TheoryData<Family> Families => [Family.Ipv4, Family.Ipv6];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task OnlyTheChainThatChangedLooksOtherwise(Family family)
    {
        await using var netns = await Netns.Create();
        Assert.Empty((await netns.Inside(() => LegacyChains.Read(family)))!);
        await netns.Restore(Backend.Legacy, family, """
            *filter
            :FORWARD DROP [0:0]
            :A - [0:0]
            :B - [0:0]
            :C - [0:0]
            -A FORWARD -j B
            -A FORWARD -p tcp -m tcp --dport 80 -m comment --comment x -j ACCEPT
            -A B -j C
            -A C -m limit --limit 1/sec -j LOG
            -A C
            COMMIT

            """);
        var digests = (await netns.Inside(() => LegacyChains.Read(family)))!;
        Assert.Equal(["A", "B", "C", "FORWARD", "INPUT", "OUTPUT"], digests.Keys.Select(key => key.Chain.Value).Order(StringComparer.Ordinal));

        foreach (var (change, chain) in new[]
        {
            ("-A A -j RETURN", "A"), // A is before the others: where they begin moves.
            ("-I B -p udp -j DROP", "B"), ("-R FORWARD 1 -j C", "FORWARD"), ("-P FORWARD ACCEPT", "FORWARD"), ("-D C 2", "C"), ("-N D", "D"), ("-X D", "D"),
        })
        {
            await netns.Iptables(Backend.Legacy, family, change.Split(' '));
            var now = (await netns.Inside(() => LegacyChains.Read(family)))!;
            var changed = now.Keys.Union(digests.Keys).Where(key => now.GetValueOrDefault(key)?.Digest != digests.GetValueOrDefault(key)?.Digest);
            Assert.Equal([chain], changed.Select(key => key.Chain.Value));
            digests = now;
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task TheLayoutTellsWhatWasAddedAndHowManyRulesThereAre(Family family)
    {
        await using var netns = await Netns.Create();
        Assert.Equal(new(0, ""), await Layout());
        await netns.Iptables(Backend.Legacy, family, "-N", "A");
        var empty = (await Layout())!;
        Assert.Equal(empty, await Layout());
        await netns.Iptables(Backend.Legacy, family, "-A", "A", "-p", "tcp", "-j", "DROP");
        var one = (await Layout())!;
        Assert.NotEqual(empty, one);
        Assert.Equal(empty.Entries + 1, one.Entries);
        await netns.Iptables(Backend.Legacy, family, "-D", "A", "1");
        Assert.Equal(empty, await Layout());

        Task<LegacyLayout?> Layout() => netns.Inside(() => LegacyChains.ReadLayout(family));
    }
}
