using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Finds the rules that two readings of one chain have in common.</summary>
internal static class RulePairs
{
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

        var open = new Dictionary<Rule, Queue<int>>();
        for (var j = start; j < endB; j++)
        {
            if (!open.TryGetValue(second[b[j]], out var queue))
            {
                open[second[b[j]]] = queue = new();
            }

            queue.Enqueue(b[j]);
        }

        var candidates = new List<(int Rule, int Place)>();
        for (var i = start; i < endA; i++)
        {
            if (open.TryGetValue(first[a[i]], out var queue) && queue.TryDequeue(out var place))
            {
                candidates.Add((a[i], place));
            }
        }

        foreach (var (rule, place) in Alignment.LongestRising(candidates))
        {
            pairs[rule] = place;
        }
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
