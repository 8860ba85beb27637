namespace NetGuard.Core.Config;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
internal static class Spelling
{
    private const int MaxLength = 64;

    /// <summary>The known word that is nearest, or null where none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > MaxLength)
        {
            return null;
        }

        var (best, bestCost) = ((string?)null, int.MaxValue);
        foreach (var candidate in known)
        {
            var cost = Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (cost < bestCost && cost <= Math.Max(1, Math.Max(word.Length, candidate.Length) / 3))
            {
                (best, bestCost) = (candidate, cost);
            }
        }

        return best;
    }

    /// <summary>Levenshtein's distance, with two swapped neighbours counted as one error: the commonest slip of the fingers.</summary>
    public static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                var change = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
