using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Decides the order of a chain: where desired rules go among the rules of strangers, which keep their order.</summary>
public static class Placement
{
    /// <summary>Arranges one chain.</summary>
    /// <param name="top">What the chain begins with.</param>
    /// <param name="bottom">What it ends with.</param>
    /// <param name="strangers">The rules that are not NetGuard's and stay.</param>
    public static List<Slot> Arrange(ValueList<DesiredRule> top, ValueList<DesiredRule> bottom, IReadOnlyList<Rule> strangers)
    {
        var slots = new List<Slot>(top.Count + strangers.Count + bottom.Count);
        var first = 0;
        foreach (var rule in top)
        {
            // An equal rule that already stands here will do, whoever wrote it.
            slots.Add(first < strangers.Count && strangers[first].Body == rule.Rule.Body
                ? new(rule, strangers[first++])
                : new(rule, null));
        }

        slots.AddRange(ArrangeBottom(bottom, strangers, first));
        return slots;
    }

    /// <summary>How many of the strangers' first rules serve as top rules.</summary>
    public static int CountServing(ValueList<DesiredRule> top, IReadOnlyList<Rule> strangers)
    {
        var first = 0;
        foreach (var rule in top)
        {
            if (first < strangers.Count && strangers[first].Body == rule.Rule.Body)
            {
                first++;
            }
        }

        return first;
    }

    private static List<Slot> ArrangeBottom(ValueList<DesiredRule> bottom, IReadOnlyList<Rule> strangers, int first)
    {
        var tail = new List<Slot>();
        var end = strangers.Count;
        if (bottom.Count > 0 && bottom[^1].Rule.Body != "-j RETURN")
        {
            // What stands behind an unconditional RETURN is dead. Docker up to 28.2.1 ends DOCKER-USER with one.
            while (end > first && strangers[end - 1].Body == "-j RETURN")
            {
                tail.Add(new(null, strangers[--end]));
            }
        }
        else if (bottom.Count > 0)
        {
            // The first of several serves as the declared one, so that what belongs before it is not dead either.
            while (end - 1 > first && strangers[end - 1].Body == "-j RETURN" && strangers[end - 2].Body == "-j RETURN")
            {
                tail.Add(new(null, strangers[--end]));
            }
        }

        for (var i = bottom.Count - 1; i >= 0; i--)
        {
            for (var limit = FirstShadow(bottom[i].Rule, strangers, first, end); end > limit;)
            {
                tail.Add(new(null, strangers[--end]));
            }

            tail.Add(end > first && strangers[end - 1].Body == bottom[i].Rule.Body
                ? new(bottom[i], strangers[--end])
                : new(bottom[i], null));
        }

        while (end > first)
        {
            tail.Add(new(null, strangers[--end]));
        }

        tail.Reverse();
        return tail;
    }

    // A DROP that stands behind an ACCEPT of the very packets it is for protects nobody: it belongs before that ACCEPT. A DROP of
    // everything is left where it is: it means "whatever was not accepted above", and lifting it would cut the host off.
    private static int FirstShadow(Rule rule, IReadOnlyList<Rule> strangers, int first, int end)
    {
        if (rule.Match.Length > 0 && Targets.Refuses(rule.Target))
        {
            for (var i = first; i < end; i++)
            {
                if (strangers[i].Target is "ACCEPT" or "RETURN" && (strangers[i].Match.Length == 0 || strangers[i].Match == rule.Match))
                {
                    return i;
                }
            }
        }

        return end;
    }
}
