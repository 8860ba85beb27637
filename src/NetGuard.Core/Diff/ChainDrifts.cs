using System.Globalization;
using NetGuard.Core.Policy;
using NetGuard.Core.State;

namespace NetGuard.Core.Diff;

/// <summary>Names what is different about a chain.</summary>
internal static class ChainDrifts
{
    /// <summary>One drift for the chain itself, its policy, each rule that must come and each that must go.</summary>
    public static IEnumerable<Drift> Of(Family family, ChainDiff diff)
    {
        if (!diff.Exists)
        {
            yield return new(DriftKind.ChainMissing) { Family = family, Chain = diff.Key };
        }

        if (diff.Policy is { } policy)
        {
            yield return new(DriftKind.Policy)
            {
                Family = family,
                Chain = diff.Key,
                Expected = policy.Name(),
                Actual = (policy == ChainPolicy.Accept ? ChainPolicy.Drop : ChainPolicy.Accept).Name(),
            };
        }

        foreach (var drift in Rules(diff))
        {
            yield return drift with { Family = family };
        }
    }

    private static IEnumerable<Drift> Rules(ChainDiff diff)
    {
        var leaving = Enumerable.Range(0, diff.Live.Count).Where(i => diff.Filled[i] < 0).ToList();
        var byBody = ByKey(leaving, i => diff.Live[i].Body);
        var byName = ByKey(leaving.Where(i => diff.Live[i].IsOwned), i => diff.Live[i].Owner!);
        var taken = new HashSet<int>();
        var filled = diff.Filled.Where(slot => slot >= 0).ToHashSet();
        Dictionary<string, int>? standing = null;
        var open = Enumerable.Range(0, diff.Wanted.Count).Where(slot => diff.Wanted[slot] is { Live: null, Desired: not null } && !filled.Contains(slot)).ToList();

        // First what has only moved, then what bears the name: a container that takes over another's address takes over its rules, and
        // the other's rules for its new address bear the names that these have.
        var moves = new Dictionary<int, int>();
        foreach (var slot in open)
        {
            if (Take(byBody, diff.Wanted[slot].Rule.Body, taken) is { } moved)
            {
                moves[slot] = moved;
            }
        }

        foreach (var slot in open)
        {
            var desired = diff.Wanted[slot].Desired!;
            if (ReferenceEquals(desired, DesiredRule.ReachDockerUser))
            {
                yield return Unreachable(diff);
            }
            else if (moves.TryGetValue(slot, out var moved))
            {
                yield return Drift(DriftKind.Misplaced, diff, desired, $"{Place(diff, moved)}, and belongs {Belongs(diff, slot)}");
            }
            else if (Take(byName, desired.Name, taken) is { } altered)
            {
                yield return Drift(DriftKind.Altered, diff, desired, diff.Live[altered].Body);
            }
            else if ((standing ??= FirstStanding(diff)).TryGetValue(desired.Rule.Body, out var elsewhere) && elsewhere >= 0)
            {
                yield return Drift(DriftKind.Misplaced, diff, desired, $"{Place(diff, elsewhere)}, and belongs {Belongs(diff, slot)}") with
                {
                    Note = "that rule is not NetGuard's and stays where it is",
                };
            }
            else
            {
                yield return Drift(DriftKind.Missing, diff, desired, null);
            }
        }

        var wanted = diff.Wanted.Where(s => s.Desired is not null).Select(s => s.Rule.Body).ToHashSet(StringComparer.Ordinal);
        var before = new Dictionary<Rule, int>();
        foreach (var i in leaving.Where(i => !taken.Contains(i)))
        {
            var rule = diff.Live[i];
            var count = before[rule] = before.GetValueOrDefault(rule) + 1;
            yield return new(!rule.IsOwned ? DriftKind.Foreign : wanted.Contains(rule.Body) ? DriftKind.Duplicate : DriftKind.Stale)
            {
                Chain = diff.Key,
                Rule = rule.Owner,
                Actual = rule.Body,
                Note = count == 1 ? null : string.Create(CultureInfo.InvariantCulture, $"number {count} of its like"), // Each is a drift of its own.
            };
        }
    }

    private static Drift Drift(DriftKind kind, ChainDiff diff, DesiredRule desired, string? actual) =>
        new(kind) { Chain = diff.Key, Rule = desired.Name, Expected = desired.Rule.Body, Actual = actual };

    private static Drift Unreachable(ChainDiff diff)
    {
        var jump = diff.Live.Select((rule, i) => (rule, i)).FirstOrDefault(r => r.rule.Body == DesiredRule.ReachDockerUser.Rule.Body);
        return new(DriftKind.Unreachable)
        {
            Chain = ChainKey.DockerUser,
            Expected = "FORWARD jumps to DOCKER-USER before it accepts anything",
            Actual = jump.rule is null ? "nothing in FORWARD jumps to DOCKER-USER" : $"the jump in FORWARD comes too late: {Place(diff, jump.i)}",
        };
    }

    private static string Place(ChainDiff diff, int index) => index == 0
        ? "it stands first"
        : string.Create(CultureInfo.InvariantCulture, $"it stands at {index + 1}, behind {diff.Live[index - 1].Body}");

    private static string Belongs(ChainDiff diff, int slot) =>
        slot == 0 ? "first" : slot == diff.Wanted.Count - 1 ? "last" : $"behind {diff.Wanted[slot - 1].Rule.Body}";

    private static Dictionary<string, int> FirstStanding(ChainDiff diff)
    {
        var standing = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < diff.Live.Count; i++)
        {
            // One that already serves as a desired rule is not this one standing elsewhere.
            if (diff.Filled[i] >= 0 && diff.Wanted[diff.Filled[i]].Desired is null)
            {
                standing.TryAdd(diff.Live[i].Body, i);
            }
        }

        return standing;
    }

    private static Dictionary<string, Queue<int>> ByKey(IEnumerable<int> rules, Func<int, string> key) =>
        rules.GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Queue<int>(g), StringComparer.Ordinal);

    private static int? Take(Dictionary<string, Queue<int>> rules, string key, HashSet<int> taken)
    {
        while (rules.TryGetValue(key, out var queue) && queue.TryDequeue(out var i))
        {
            if (taken.Add(i))
            {
                return i;
            }
        }

        return null;
    }
}
