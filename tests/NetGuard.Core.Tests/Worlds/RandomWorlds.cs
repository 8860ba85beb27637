using CsCheck;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Worlds;

/// <summary>Random worlds: chains full of strangers' rules and of rules of NetGuard's that are right, moved, doubled, altered or out of date.</summary>
public static class RandomWorlds
{
    // A chain jumps only to those behind it, so that no jumps loop.
    private static readonly string[] Names = ["INPUT", "FORWARD", "X", "DOCKER-USER", "A", "B", "DOCKER"];

    // Those that both families and both backends print as they stand here.
    private static readonly string[] Bodies =
    [
        "-i eth0 -j DROP", "-i eth0 -j ACCEPT", "-i eth0 -j RETURN", "-p udp -m udp --dport 53 -j ACCEPT", "-j ACCEPT", "-j DROP", "-j RETURN", "-i docker0",
        "-p tcp -m tcp --dport 80 -j ACCEPT", "-p tcp -m tcp --dport 80 -j DROP", "-m comment --comment \"a -j b\" -j ACCEPT",
        "-j LOG --log-prefix \"a -j ACCEPT \"", "-i eth0 -m comment --comment stranger -j DROP",
    ];

    public static Gen<World> Any { get; } =
        from desired in DesiredRulesets
        from live in LiveChains(desired)
        select new World(live, desired);

    private static Gen<DesiredRuleset> DesiredRulesets =>
        from wanted in Gen.Bool.Array[Names.Length]
        from chains in Chains(Names.Where((_, i) => wanted[i]).ToList(), DesiredChains)
        select new DesiredRuleset(Family.Ipv4, chains.ToValueList());

    private static Gen<DesiredChain> DesiredChains(string name) =>
        from top in Rules(name, "t", 4)
        from bottom in Rules(name, "b", 3)
        from exclusive in Gen.Int[0, 4]
        from policy in Gen.OneOf<ChainPolicy?>(null, ChainPolicy.Drop, ChainPolicy.Accept)
        select new DesiredChain(new(TableName.Filter, new(name)))
        {
            Top = top,
            Bottom = bottom,
            Exclusive = exclusive == 0,
            Policy = IsBuiltin(name) ? policy : null,
        };

    // One declaration may become several rules: names repeat. The jump to DOCKER-USER is declared at FORWARD's top or not at
    // all: at the bottom NetGuard's own would come besides.
    private static Gen<ValueList<DesiredRule>> Rules(string chain, string prefix, int most) =>
        from bodies in Body(chain, Names).Array[0, most]
        from twice in Gen.Int[0, 5]
        select bodies.Where(body => (chain, prefix, body) != ("FORWARD", "b", "-j DOCKER-USER")).Select((body, i) => World.Rule($"{prefix}{(twice == 0 ? 0 : i)}", body)).ToValueList();

    private static Gen<ValueList<WorldChain>> LiveChains(DesiredRuleset desired) =>
        from there in Gen.Int[0, 3].Array[Names.Length]
        let names = Names.Where((name, i) => IsBuiltin(name) || there[i] > 0).ToList()
        from chains in Chains(names, name => LiveChain(name, names, desired.Chains.FirstOrDefault(c => c.Key.Chain.Value == name)))
        select chains.ToValueList();

    private static Gen<WorldChain> LiveChain(string name, IReadOnlyList<string> existing, DesiredChain? desired)
    {
        var policy = IsBuiltin(name) ? Gen.OneOf<string?>("ACCEPT", "DROP") : Gen.Const((string?)null);
        var noise = Noise(name, existing, [.. desired?.Top ?? [], .. desired?.Bottom ?? []]).Array[0, 6];
        return
            from p in policy
            from rules in Gen.Frequency((2, noise), (3, Kept(desired?.Top ?? [], existing).SelectMany(
                _ => noise.SelectMany(_ => Kept(desired?.Bottom ?? [], existing), (n, b) => (n, b)), (t, r) => (string[])[.. t, .. r.n, .. r.b])))
            select new WorldChain(name, p, [.. rules]);
    }

    // The desired rules as they should stand, most of them, some as a stranger would have written them.
    private static Gen<string[]> Kept(ValueList<DesiredRule> rules, IReadOnlyList<string> existing)
    {
        var possible = rules.Where(rule => IsPossible(rule.Rule.Body, existing)).ToArray();
        return Gen.Int[0, 9].Array[possible.Length].Select(fates => possible
            .Where((_, i) => fates[i] > 0)
            .Select((rule, i) => fates[i] == 1 ? rule.Rule.Body : rule.Rule.Text).ToArray());
    }

    private static Gen<string> Noise(string chain, IReadOnlyList<string> existing, IReadOnlyList<DesiredRule> desired)
    {
        var stranger = Body(chain, existing);
        var stale = Gen.OneOf("t0", "b0", "old", "reach-DOCKER-USER").SelectMany(_ => stranger, World.Own);
        var possible = desired.Where(rule => IsPossible(rule.Rule.Body, existing)).ToArray();
        return possible.Length == 0
            ? Gen.Frequency((4, stranger), (1, stale))
            : Gen.Frequency(
                (4, stranger), (1, stale), (2, Gen.OneOf(possible).Select(r => r.Rule.Text)), (1, Gen.OneOf(possible).Select(r => r.Rule.Body)));
    }

    private static Gen<string> Body(string chain, IReadOnlyList<string> existing)
    {
        var below = existing.Where(name => !IsBuiltin(name) && Array.IndexOf(Names, name) > Array.IndexOf(Names, chain)).ToArray();
        if (below.Length == 0)
        {
            return Gen.OneOf(Bodies);
        }

        var jump = Gen.OneOf("-j ", "-i eth0 -j ", "-g ").SelectMany(_ => Gen.OneOf(below), (how, to) => how + to);
        return Gen.Frequency((4, Gen.OneOf(Bodies)), (2, jump));
    }

    private static bool IsPossible(string body, IReadOnlyList<string> existing) =>
        body.Split(' ') is [.., "-j" or "-g", var to] && Names.Contains(to) ? existing.Contains(to) : true;

    private static Gen<List<T>> Chains<T>(IReadOnlyList<string> names, Func<string, Gen<T>> chain) =>
        names.Aggregate(Gen.Const(() => new List<T>()), (all, name) => all.SelectMany(_ => chain(name), (list, one) => (List<T>)[.. list, one]));

    private static bool IsBuiltin(string name) => TableName.Filter.BuiltinChains.Contains(name);
}
