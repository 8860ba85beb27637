using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Finds the rules that two readings of one chain have in common.</summary>
internal static class RulePairs
{
    private const int MostCandidates = 1_000_000;

    /// <summary>For each rule of the first reading, the place of the same rule in the second; -1 where it has none there. Places rise.</summary>
    /// <remarks>Strangers' rules are paired first: NetGuard moves its own around them, never them around its own.</remarks>
    public static int[] Of(IReadOnlyList<Rule> first, IReadOnlyList<Rule> second)
    {
        var pairs = new int[first.Count];
        Array.Fill(pairs, -1);
        Pair(first, second, (0, first.Count), (0, second.Count), owned: false, pairs);
        var (from, to) = (0, 0);
        for (var i = 0; i <= first.Count; i++)
        {
            if (i == first.Count || pairs[i] >= 0)
            {
                var end = i == first.Count ? second.Count : pairs[i];
                Pair(first, second, (from, i), (to, end), owned: true, pairs);
                (from, to) = (i + 1, end + 1);
            }
        }

        return pairs;
    }

    private static void Pair(IReadOnlyList<Rule> first, IReadOnlyList<Rule> second, (int From, int To) one, (int From, int To) other, bool owned, int[] pairs)
    {
        var (a, b) = (Places(first, one, owned), Places(second, other, owned));
        var (start, endA, endB) = (0, a.Count, b.Count);
        for (; start < endA && start < endB && first[a[start]].Equals(second[b[start]]); start++)
        {
            pairs[a[start]] = b[start];
        }

        for (; endA > start && endB > start && first[a[endA - 1]].Equals(second[b[endB - 1]]); endA--, endB--)
        {
            pairs[a[endA - 1]] = b[endB - 1];
        }

        foreach (var (rule, place) in Alignment.LongestRising(Candidates(first, second, a[start..endA], b[start..endB])))
        {
            pairs[rule] = place;
        }
    }

    // Each rule with all places of its like, the last one first: so no two places of one rule rise, and the longest rising choice is the best one
    // also where a rule is there twice. With very many of one kind only the first free place is offered: the best choice would take too long.
    private static List<(int Rule, int Place)> Candidates(IReadOnlyList<Rule> first, IReadOnlyList<Rule> second, List<int> a, List<int> b)
    {
        var open = b.GroupBy(place => second[place]).ToDictionary(places => places.Key, places => new Stack<int>(places));
        var known = a.Where(rule => open.ContainsKey(first[rule])).ToList();
        if (known.Sum(rule => (long)open[first[rule]].Count) <= MostCandidates)
        {
            return [.. known.SelectMany(rule => open[first[rule]].Select(place => (rule, place)))];
        }

        open = b.AsEnumerable().Reverse().GroupBy(place => second[place]).ToDictionary(places => places.Key, places => new Stack<int>(places));
        return [.. known.Where(rule => open[first[rule]].Count > 0).Select(rule => (rule, open[first[rule]].Pop()))];
    }

    private static List<int> Places(IReadOnlyList<Rule> rules, (int From, int To) range, bool owned)
    {
        var places = new List<int>(range.To - range.From);
        for (var i = range.From; i < range.To; i++)
        {
            if (rules[i].IsOwned == owned)
            {
                places.Add(i);
            }
        }

        return places;
    }
}
