using NetGuard.Core.Diff;

namespace NetGuard.Core.Repair;

/// <summary>The steps that turn one chain into what it should be.</summary>
public static class ChainSteps
{
    // iptables-nft compares a rule that is to be deleted with each before it, some microseconds each: more than this takes it a second.
    private const long LongestSearch = 200_000;

    /// <summary>Deletions first: they go by text, and a text that was just put in would be found before the one that is meant. The kernel
    /// takes all steps of a table in one commit, so that no packet meets the chain in between.</summary>
    public static IEnumerable<RepairStep> For(ChainDiff diff)
    {
        if (!diff.Exists)
        {
            yield return new CreateChain(diff.Key);
        }

        var leaving = Leaving(diff);
        if (diff.IsExclusive && IsSoonerAnew(diff, leaving))
        {
            yield return new EmptyChain(diff.Key);
            foreach (var slot in diff.Wanted)
            {
                yield return new AppendRule(diff.Key, slot.Desired!.Name, slot.Rule);
            }
        }
        else
        {
            foreach (var step in Changes(diff, leaving))
            {
                yield return step;
            }
        }

        if (diff.Policy is { } policy)
        {
            yield return new SetPolicy(diff.Key, policy);
        }
    }

    // The links of hundreds of containers, say, when many have come and gone since. What only goes is taken out by number, without the tool.
    private static bool IsSoonerAnew(ChainDiff diff, bool[] leaving) =>
        (long)leaving.Count(leaves => leaves) * leaving.Length > LongestSearch
        && leaving.Count(leaves => !leaves) < diff.Wanted.Count
        && diff.Wanted.All(slot => slot.Desired is not null);

    private static IEnumerable<RepairStep> Changes(ChainDiff diff, bool[] leaving)
    {
        for (var i = 0; i < diff.Live.Count; i++)
        {
            if (leaving[i])
            {
                yield return new DeleteRule(diff.Key, diff.Live[i]);
            }
        }

        foreach (var step in Insertions(diff, leaving))
        {
            yield return step;
        }
    }

    // A deletion takes the first rule of its text. Where that is not the one to go, all rules of that text go, and those that
    // are wanted come anew: they are NetGuard's or stand in an exclusive chain.
    private static bool[] Leaving(ChainDiff diff)
    {
        var leaving = diff.Filled.Select(slot => slot < 0).ToArray();
        var staying = new HashSet<string>(StringComparer.Ordinal);
        var renewed = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < leaving.Length; i++)
        {
            if (!leaving[i])
            {
                staying.Add(diff.Live[i].Text);
            }
            else if (staying.Contains(diff.Live[i].Text))
            {
                renewed.Add(diff.Live[i].Text);
            }
        }

        for (var i = 0; renewed.Count > 0 && i < leaving.Length; i++)
        {
            leaving[i] |= renewed.Contains(diff.Live[i].Text);
        }

        return leaving;
    }

    private static IEnumerable<RepairStep> Insertions(ChainDiff diff, bool[] leaving)
    {
        var filled = new bool[diff.Wanted.Count];
        for (var i = 0; i < leaving.Length; i++)
        {
            if (!leaving[i])
            {
                filled[diff.Filled[i]] = true;
            }
        }

        var lastFilled = Array.LastIndexOf(filled, true);
        for (var start = 0; start < filled.Length; start++)
        {
            if (filled[start])
            {
                continue;
            }

            var end = start;
            while (end < filled.Length && !filled[end])
            {
                end++;
            }

            // Backwards at one place: the tools find place 1 at once and count to all others.
            for (var i = 0; i < end - start; i++)
            {
                var slot = diff.Wanted[start > lastFilled ? start + i : end - 1 - i];
                yield return start > lastFilled
                    ? new AppendRule(diff.Key, slot.Desired!.Name, slot.Rule)
                    : new InsertRule(diff.Key, start + 1, slot.Desired!.Name, slot.Rule);
            }

            start = end;
        }
    }
}
