using System.Text.RegularExpressions;

namespace NetGuard.Tests.TestBed;

/// <summary>
/// Counts the rules that drop or refuse, in each family's filter table, after every single commit of nf_tables: by what <c>nft monitor</c> is told by
/// the kernel, and knowing nothing of NetGuard.
/// </summary>
internal sealed partial class CommitObserver : IAsyncDisposable
{
    private readonly Netns _netns;
    private readonly RunningProgram _monitor;
    private readonly Dictionary<(string Family, string Handle), bool> _rules = [];
    private int _read;

    private CommitObserver(Netns netns, RunningProgram monitor) => (_netns, _monitor) = (netns, monitor);

    /// <summary>Starts to listen, and is heard.</summary>
    public static async Task<CommitObserver> Start(Netns netns)
    {
        var observer = new CommitObserver(netns, netns.Start("stdbuf", ["-oL", "nft", "-a", "monitor"]));
        using var patience = new CancellationTokenSource(Programs.Patience);
        while (!observer._monitor.Lines.Any(line => line.Text.StartsWith("# new generation", StringComparison.Ordinal)))
        {
            await netns.Output("nft", ["add table inet probe; delete table inet probe"]);
            await Task.Delay(20, patience.Token);
        }

        return observer;
    }

    /// <summary>The number of refusing rules of a family now, to begin with.</summary>
    public async Task<Dictionary<string, int>> Begin()
    {
        await Catch();
        _rules.Clear();
        _read = _monitor.Lines.Count;
        var (family, table) = ("", "");
        foreach (var line in (await _netns.Output("nft", ["-a", "list", "ruleset"])).Split('\n'))
        {
            if (Table().Match(line) is { Success: true } opened)
            {
                (family, table) = (opened.Groups[1].Value, opened.Groups[2].Value);
            }
            else if (table == "filter" && Handle().Match(line) is { Success: true } handle && !line.Contains("chain ", StringComparison.Ordinal))
            {
                _rules[(family, handle.Groups[1].Value)] = Refuses(line);
            }
        }

        return Count();
    }

    /// <summary>The counts after each commit since then.</summary>
    public async Task<List<Dictionary<string, int>>> Commits()
    {
        await Catch();
        var counts = new List<Dictionary<string, int>>();
        foreach (var line in _monitor.Lines.Skip(_read).Select(line => line.Text))
        {
            _read++;
            if (line.StartsWith("# new generation", StringComparison.Ordinal))
            {
                counts.Add(Count());
            }
            else if (Change().Match(line) is { Success: true } change && Handle().Match(line) is { Success: true } handle)
            {
                var key = (change.Groups[2].Value, handle.Groups[1].Value);
                if (change.Groups[1].Value == "delete")
                {
                    _rules.Remove(key);
                }
                else
                {
                    _rules[key] = Refuses(line);
                }
            }
        }

        return counts;
    }

    public ValueTask DisposeAsync() => _monitor.DisposeAsync();

    // What has been committed has been told when a commit of our own has been.
    private async Task Catch()
    {
        var seen = _monitor.Lines.Count;
        var name = $"probe{Guid.NewGuid():N}";
        await _netns.Output("nft", [$"add table inet {name}; delete table inet {name}"]);
        await _monitor.WaitForLine(line => line.Contains(name, StringComparison.Ordinal) && line.StartsWith("delete", StringComparison.Ordinal), seen);
        await _monitor.WaitForLine(line => line.StartsWith("# new generation", StringComparison.Ordinal), seen);
    }

    private Dictionary<string, int> Count() => new() { ["ip"] = Of("ip"), ["ip6"] = Of("ip6") };

    private int Of(string family) => _rules.Count(rule => rule.Key.Family == family && rule.Value);

    private static bool Refuses(string line) => Verdict().IsMatch(line);

    [GeneratedRegex(@"^table (\S+) (\S+) \{")]
    private static partial Regex Table();

    [GeneratedRegex(@"^(add|insert|replace|delete) rule (ip6?) filter ")]
    private static partial Regex Change();

    [GeneratedRegex(@"handle (\d+)\s*$")]
    private static partial Regex Handle();

    [GeneratedRegex(@" (drop|reject)\b")]
    private static partial Regex Verdict();
}
