using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Finds which rules of a chain can stay where they are while the others are taken out or put in.</summary>
public static class Alignment
{
    /// <summary>For each rule of the chain, the slot that it fills; -1 where it has to go.</summary>
    /// <remarks>Slots that hold a stranger's rule are fixed: they are filled by that very rule. Own rules fill slots of equal body between
    /// two fixed ones, as many as can keep their order.</remarks>
    public static int[] Of(IReadOnlyList<Rule> live, IReadOnlyList<Slot> slots) => Of(live, slots, rule => rule.Body);

    /// <summary>The same, with own rules compared by what is given.</summary>
    internal static int[] Of(IReadOnlyList<Rule> live, IReadOnlyList<Slot> slots, Func<Rule, string> by)
    {
        var filled = new int[live.Count];
        var (liveStart, slotStart) = (0, 0);
        for (var slot = 0; slot <= slots.Count; slot++)
        {
            if (slot < slots.Count && slots[slot].Live is null)
            {
                continue;
            }

            var liveEnd = liveStart;
            while (liveEnd < live.Count && (slot == slots.Count || !ReferenceEquals(live[liveEnd], slots[slot].Live)))
            {
                liveEnd++;
            }

            Gap(live, slots, by, (liveStart, liveEnd), (slotStart, slot), filled);
            if (slot < slots.Count && liveEnd < live.Count)
            {
                filled[liveEnd] = slot;
                (liveStart, slotStart) = (liveEnd + 1, slot + 1);
            }
        }

        return filled;
    }

    private static void Gap(
        IReadOnlyList<Rule> live, IReadOnlyList<Slot> slots, Func<Rule, string> by, (int From, int To) rules, (int From, int To) places, int[] filled)
    {
        Array.Fill(filled, -1, rules.From, rules.To - rules.From);

        // Nothing moved: the common case, in linear time and without a dictionary.
        while (rules.From < rules.To && places.From < places.To && by(live[rules.From]) == by(slots[places.From].Rule))
        {
            filled[rules.From++] = places.From++;
        }

        if (rules.From == rules.To || places.From == places.To)
        {
            return;
        }

        var open = new Dictionary<string, Queue<int>>(StringComparer.Ordinal);
        for (var place = places.From; place < places.To; place++)
        {
            if (!open.TryGetValue(by(slots[place].Rule), out var queue))
            {
                open[by(slots[place].Rule)] = queue = new();
            }

            queue.Enqueue(place);
        }

        var candidates = new List<(int Rule, int Place)>();
        for (var rule = rules.From; rule < rules.To; rule++)
        {
            if (open.TryGetValue(by(live[rule]), out var queue) && queue.TryDequeue(out var place))
            {
                candidates.Add((rule, place));
            }
        }

        foreach (var (rule, place) in LongestRising(candidates))
        {
            filled[rule] = place;
        }
    }

    // Patience sorting: the longest subsequence whose places rise, in n log n.
    internal static IEnumerable<(int Rule, int Place)> LongestRising(List<(int Rule, int Place)> candidates)
    {
        var ends = new List<int>();
        var before = new int[candidates.Count];
        for (var i = 0; i < candidates.Count; i++)
        {
            var (low, high) = (0, ends.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = candidates[ends[middle]].Place < candidates[i].Place ? (middle + 1, high) : (low, middle);
            }

            before[i] = low > 0 ? ends[low - 1] : -1;
            if (low == ends.Count)
            {
                ends.Add(i);
            }
            else
            {
                ends[low] = i;
            }
        }

        for (var i = ends.Count > 0 ? ends[^1] : -1; i >= 0; i = before[i])
        {
            yield return candidates[i];
        }
    }
}
