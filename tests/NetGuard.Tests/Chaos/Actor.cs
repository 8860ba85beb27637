using System.Globalization;
using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

/// <summary>One of several who act at the same time, each with a name of its own on its rules. The same seed does the same things.</summary>
internal sealed class Actor(string name, string unguarded, string policy, Stage stage)
{
    private static readonly string[] Targets = ["ACCEPT", "DROP", "RETURN"];
    private static readonly string[] Questions = ["status", "resume", "reload"];
    private int _made;

    public string Name => name;

    /// <summary>The family whose policy it may set: another has the same chain of the other family.</summary>
    public required Family Family { get; init; }

    private string Chain => $"CHAOS-{name}";

    /// <summary>Does so many things, with pauses of up to so long.</summary>
    public async Task Act(int seed, int steps, int mostPause, CancellationToken cancel)
    {
        var random = new Random(seed);
        for (var i = 0; i < steps && !cancel.IsCancellationRequested; i++)
        {
            await stage.Play(name, Next(random));
            if (mostPause > 0)
            {
                await Task.Delay(random.Next(mostPause), CancellationToken.None);
            }
        }
    }

    private Mishap Next(Random random)
    {
        var family = random.Next(4) == 0 ? Family.Ipv6 : Family.Ipv4;
        var own = stage.Strangers.RulesOf(name);
        var choice = random.Next(100);
        return choice switch
        {
            < 22 => Added(random, family),
            < 38 when own.Count > 0 && own[random.Next(own.Count)] is var (of, chain, rule) => new RuleRemoved(of, chain, rule),
            < 44 when own.Count > 0 && own[random.Next(own.Count)] is var (of, chain, rule) => new RuleMoved(of, chain, rule),
            < 48 when own.Count > 0 && own[random.Next(own.Count)] is var (of, chain, rule) => new RuleAdded(of, chain, rule, OnTop: false),
            < 54 => stage.Strangers.Has(family, Chain) ? Removed(family) : new ChainMade(family, Chain),
            < 66 => Deleted(random, family),
            < 72 => Forged(random, family),
            < 78 => new GuardedChainFlushed(family),
            < 83 => new PolicyChanged(family),
            < 91 => Setting(random),
            < 92 => new OtherPolicyChanged(Family, policy, random.Next(2) == 0 ? "DROP" : "ACCEPT"),
            < 94 => new Looked(family),
            < 95 => new Asked(Questions[random.Next(Questions.Length)]),
            < 98 => new OtherVariantUsed(family, Rule(random, family, "DROP")),
            _ => new ThousandChains(family, Chain, random.Next(2) == 0 ? 1_000 : 50),
        };
    }

    private RuleAdded Added(Random random, Family family)
    {
        var chains = new[] { Declared.Forward, Declared.DockerUser, "INPUT", Chain };
        var chain = chains[random.Next(chains.Length)];
        var target = chain == Declared.Forward && stage.Strangers.Has(family, Chain) && random.Next(3) == 0 ? Chain : Targets[random.Next(Targets.Length)];
        return new(family, chain, Rule(random, family, target), random.Next(2) == 0);
    }

    private ChainRemoved Removed(Family family) => new(
        family, Chain, stage.Strangers.Rules(family, Declared.Forward, name).Where(rule => rule.EndsWith($"-j {Chain}", StringComparison.Ordinal)).ToValueList());

    private static GuardedRuleDeleted Deleted(Random random, Family family)
    {
        var declared = Declared.Editions[random.Next(3) == 0 ? random.Next(Declared.Editions.Count) : 0];
        var all = declared.Top.SelectMany(chain => chain.Value.Select(rule => (chain.Key, Declared.Tagged(rule.Name, rule.Rule))))
            .Append((Declared.Forward, Declared.Tagged("last", declared.Bottom)))
            .Append((Declared.Forward, Declared.Tagged("reach-DOCKER-USER", $"-j {Declared.DockerUser}"))).ToList();
        var (chain, rule) = all[random.Next(all.Count)];
        return new(family, chain, rule);
    }

    private MarkForged Forged(Random random, Family family)
    {
        var (name, rule) = Declared.Editions[0].Top[Declared.DockerUser][random.Next(3)];
        return random.Next(3) switch
        {
            0 => new(family, Declared.DockerUser, Declared.Tagged(name, rule), random.Next(2) == 0),
            1 => new(family, Declared.DockerUser, Declared.Tagged(name, "-i eth9 -j RETURN"), random.Next(2) == 0),
            _ => new(family, Declared.Forward, Declared.Tagged($"old{_made++}", "-i eth9 -j ACCEPT"), random.Next(2) == 0),
        };
    }

    // A setting that is not guarded is one actor's alone: of two who write it at once, which was last nobody knows.
    private SettingWritten Setting(Random random) => random.Next(3) switch
    {
        0 => new(unguarded, random.Next(2).ToString(CultureInfo.InvariantCulture), IsGuarded: false),
        1 => new("net.ipv4.tcp_syncookies", "0", IsGuarded: true),
        _ => new(random.Next(2) == 0 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding", "0", IsGuarded: true),
    };

    private string Rule(Random random, Family family, string target)
    {
        var address = family == Family.Ipv4
            ? string.Create(CultureInfo.InvariantCulture, $"10.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}/32")
            : string.Create(CultureInfo.InvariantCulture, $"2001:db8::{random.Next(1, 0xffff):x}/128");
        return string.Create(CultureInfo.InvariantCulture, $"-s {address} -m comment --comment chaos-{name}-{_made++} -j {target}");
    }
}
