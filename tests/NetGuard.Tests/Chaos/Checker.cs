using System.Text.RegularExpressions;
using NetGuard.Core.State;

namespace NetGuard.Tests.Chaos;

/// <summary>
/// Says what is wrong with the filter table that iptables-save prints. It shares nothing with NetGuard's own parser and comparison: what
/// those get wrong it must see.
/// </summary>
internal static partial class Checker
{
    private static readonly string[] Builtin = ["INPUT", "FORWARD", "OUTPUT"];

    /// <summary>All faults of one family; none where everything is as declared and as the strangers left it.</summary>
    public static IReadOnlyList<string> Faults(Family family, string save, Strangers strangers, Declared declared)
    {
        var faults = new List<string>();
        var (policies, rules) = Filter(save);
        CheckChains(family, policies, strangers, declared, faults);
        if (policies.GetValueOrDefault(Declared.Forward) != "DROP")
        {
            faults.Add($"FORWARD's policy is {policies.GetValueOrDefault(Declared.Forward)}");
        }

        foreach (var chain in new[] { "INPUT", "OUTPUT" }.Where(chain => policies.GetValueOrDefault(chain) != strangers.Policy(family, chain)))
        {
            faults.Add($"{chain}'s policy is {policies.GetValueOrDefault(chain)}, and was left as {strangers.Policy(family, chain)}");
        }

        foreach (var chain in rules.Keys.Union(strangers.Chains.Where(key => key.Family == family).Select(key => key.Chain)).Order(StringComparer.Ordinal))
        {
            CheckStrangers(family, chain, rules.GetValueOrDefault(chain, []), strangers, faults);
        }

        foreach (var (chain, top) in declared.Top)
        {
            CheckTop(chain, top, rules.GetValueOrDefault(chain, []), faults);
        }

        CheckForward(rules, declared, faults);
        var tags = rules.SelectMany(chain => chain.Value.Select(rule => (chain.Key, Name: Tag().Match(rule).Groups[1].Value))).Where(tag => tag.Name.Length > 0).ToList();
        faults.AddRange(tags.GroupBy(tag => tag).Where(tag => tag.Count() > 1).Select(tag => $"{tag.Key.Key}: netguard:{tag.Key.Name} stands {tag.Count()} times"));
        faults.AddRange(tags.Where(tag => !IsDeclared(declared, tag.Key, tag.Name)).Select(tag => $"{tag.Key}: netguard:{tag.Name} is not declared there"));
        return [.. faults.Select(fault => $"{family.Name()} {fault}")];
    }

    private static (Dictionary<string, string> Policies, Dictionary<string, List<string>> Rules) Filter(string save)
    {
        var (policies, rules) = (new Dictionary<string, string>(), new Dictionary<string, List<string>>());
        foreach (var line in save.Split('\n').SkipWhile(line => line != "*filter").Skip(1).TakeWhile(line => line != "COMMIT"))
        {
            var words = line.Split(' ', 3);
            if (line.StartsWith(':'))
            {
                policies[words[0][1..]] = words[1];
                rules.TryAdd(words[0][1..], []);
            }
            else if (words is ["-A", var chain, var rule])
            {
                rules[chain].Add(rule);
            }
        }

        return (policies, rules);
    }

    private static void CheckChains(Family family, Dictionary<string, string> found, Strangers strangers, Declared declared, List<string> faults)
    {
        var wanted = strangers.Chains.Where(key => key.Family == family).Select(key => key.Chain).Concat(declared.Top.Keys).Concat(Builtin).ToHashSet();
        faults.AddRange(wanted.Except(found.Keys).Select(chain => $"{chain} is gone"));
        faults.AddRange(found.Keys.Except(wanted).Select(chain => $"{chain} is nobody's"));
    }

    // Each owner's rules, in their order, and not one more.
    private static void CheckStrangers(Family family, string chain, List<string> rules, Strangers strangers, List<string> faults)
    {
        var found = rules.Where(rule => !Tag().IsMatch(rule)).ToLookup(Strangers.Owner);
        var owners = found.Select(group => group.Key).Union(strangers.RulesByOwner(family, chain).Keys);
        foreach (var owner in owners)
        {
            var wanted = strangers.Rules(family, chain, owner);
            var isSame = strangers.IsOrdered(owner)
                ? wanted.SequenceEqual(found[owner])
                : wanted.Order(StringComparer.Ordinal).SequenceEqual(found[owner].Order(StringComparer.Ordinal));
            if (!isSame)
            {
                faults.Add($"{chain}: the rules of '{owner}' are\n  {string.Join("\n  ", found[owner])}\nbut were left as\n  {string.Join("\n  ", wanted)}");
            }
        }
    }

    private static void CheckTop(string chain, (string Name, string Rule)[] top, List<string> rules, List<string> faults)
    {
        var first = rules.Take(top.Length).Select(Bare);
        if (!first.SequenceEqual(top.Select(rule => rule.Rule)))
        {
            faults.Add($"{chain} begins with\n  {string.Join("\n  ", rules.Take(top.Length + 1))}");
        }

        foreach (var tagged in rules.Skip(top.Length).Where(rule => Tag().IsMatch(rule)))
        {
            faults.Add($"{chain}: {tagged} stands further down");
        }
    }

    private static void CheckForward(Dictionary<string, List<string>> rules, Declared declared, List<string> faults)
    {
        var forward = rules.GetValueOrDefault(Declared.Forward, []);
        var jump = forward.FindIndex(rule => Bare(rule) == $"-j {Declared.DockerUser}");
        var open = forward.FindIndex(rule => MayAccept(rules, rule, []));
        if (jump < 0 || open >= 0 && open < jump)
        {
            faults.Add($"FORWARD does not get to DOCKER-USER first:\n  {string.Join("\n  ", forward.Take(Math.Max(jump, open) + 1))}");
        }

        // Behind a rule that accepts everything it would be dead.
        var last = (forward.IndexOf("-j ACCEPT") is var all and >= 0 ? all : forward.Count) - 1;
        if (last < 0 || Bare(forward[last]) != declared.Bottom)
        {
            faults.Add($"FORWARD ends with\n  {string.Join("\n  ", forward.TakeLast(3))}");
        }
    }

    private static bool MayAccept(Dictionary<string, List<string>> rules, string rule, HashSet<string> seen)
    {
        var target = rule[(rule.LastIndexOf(" -j ", StringComparison.Ordinal) + 4)..].Split(' ')[0];
        return target == "ACCEPT"
            || target != Declared.DockerUser && rules.TryGetValue(target, out var called) && seen.Add(target) && called.Any(one => MayAccept(rules, one, seen));
    }

    private static bool IsDeclared(Declared declared, string chain, string name) => chain == Declared.Forward
        ? name is "last" or "reach-DOCKER-USER"
        : declared.Top.TryGetValue(chain, out var top) && top.Any(rule => rule.Name == name);

    private static string Bare(string rule) => Tag().Replace(rule, "");

    [GeneratedRegex("-m comment --comment \"?netguard:([^\" ]+)\"? ")]
    private static partial Regex Tag();
}
