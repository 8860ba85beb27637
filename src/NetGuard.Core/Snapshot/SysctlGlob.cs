namespace NetGuard.Core.Snapshot;

/// <summary>The wildcards of glob(7), as far as paths have use for them: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a]</c>, none of which
/// matches a slash.</summary>
internal static class SysctlGlob
{
    /// <summary>Whether a path has wildcards in it.</summary>
    public static bool IsGlob(string path) => path.AsSpan().ContainsAny('*', '?', '[');

    /// <summary>Whether a path matches. Takes time in proportion to the product of the lengths at worst.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> path)
    {
        int at = 0, from = 0, star = -1, retry = 0;
        while (from < path.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, retry) = (at++, from);
            }
            else if (at < pattern.Length && MatchesOne(pattern[at..], path[from], out var length))
            {
                at += length;
                from++;
            }
            else if (star >= 0 && path[retry] != '/')
            {
                // The last star takes one character more. Earlier stars need no second try: what they took was the least.
                at = star + 1;
                from = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, char c, out int length)
    {
        length = 1;
        var close = pattern[0] == '[' && pattern.Length > 2 ? pattern[2..].IndexOf(']') + 2 : 0;
        if (close < 2)
        {
            return pattern[0] == '?' ? c != '/' : pattern[0] == c;
        }

        length = close + 1;
        var isNot = pattern[1] is '!' or '^' && close > 2;
        return c != '/' && Contains(pattern[(isNot ? 2 : 1)..close], c) != isNot;
    }

    private static bool Contains(ReadOnlySpan<char> set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                {
                    return true;
                }

                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }
}
