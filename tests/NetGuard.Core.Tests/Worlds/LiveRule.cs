using NetGuard.Core.State;

namespace NetGuard.Core.Tests.Worlds;

/// <summary>A rule in a dump with counters.</summary>
public sealed record LiveRule(string Chain, string Counters, Rule Rule)
{
    /// <summary>The rules of a dump in their order.</summary>
    public static List<LiveRule> In(string dump) =>
    [
        .. from line in dump.Split('\n')
           where line.StartsWith('[')
           let end = line.IndexOf(']', StringComparison.Ordinal)
           let words = line[(end + 2)..].Split(' ', 3)
           select new LiveRule(words[1], line[1..end], new(words.Length > 2 ? words[2].TrimEnd() : "")),
    ];

    public override string ToString() => $"[{Counters}] -A {Chain} {Rule}";
}
