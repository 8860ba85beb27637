using System.Globalization;
using NetGuard.Core.Ports;
using NetGuard.Core.State;
using NetGuard.Core.Tests.Worlds;
using NetGuard.Processes;
using NetGuard.Tests.TestBed;
using NetGuard.Xtables;

namespace NetGuard.Tests.Xtables;

/// <summary>The real tools in a network namespace.</summary>
internal sealed class NetnsBench : IBench
{
    private readonly Backend _backend;
    private Dictionary<int, string> _counters = [];

    private NetnsBench(Netns netns, Backend backend, XtablesTools tools)
    {
        (Netns, _backend) = (netns, backend);
        Launcher = LauncherIn(netns);
        Xtables = new XtablesEdge(Launcher, tools);
    }

    public Launcher Launcher { get; }

    public Netns Netns { get; }

    public IXtables Xtables { get; }

    public static async Task<NetnsBench> Make(Backend backend)
    {
        var netns = await Netns.Create();
        var tools = await XtablesTools.FindAsync(LauncherIn(netns), backend, CancellationToken.None);
        return new(netns, backend, tools ?? throw new InvalidOperationException($"iptables-{backend.Name()} is not installed"));
    }

    public async Task Load(Family family, string text)
    {
        await Netns.Output($"{family.Tool()}-{_backend.Name()}-restore", ["--wait", "--counters"], text);
        if (HasDeafTool(family))
        {
            _counters = (await Handles()).Zip(InChains(text), (handle, rule) => (handle, rule.Counters)).ToDictionary();
        }
    }

    public async Task<string> Dump(Family family)
    {
        var dump = await Netns.Save(_backend, family, counters: true);
        if (!HasDeafTool(family))
        {
            return dump;
        }

        var handles = (await Handles()).GetEnumerator();
        return string.Join('\n', dump.Split('\n').Select(line => line.StartsWith('[') && handles.MoveNext()
            ? $"[{_counters.GetValueOrDefault(handles.Current, "0:0")}]{line[line.IndexOf(' ', StringComparison.Ordinal)..]}"
            : line));
    }

    // ip6tables-nft-restore 1.8.9 takes counters and forgets them. The kernel's handle tells a rule that stayed as well: it is never
    // given twice.
    private bool HasDeafTool(Family family) => (_backend, family) == (Backend.Nft, Family.Ipv6);

    private static IEnumerable<LiveRule> InChains(string text) => Ordered(LiveRule.In(text), rule => rule.Chain);

    // In iptables-save's order of chains: built-in ones first, the others by name.
    private static IEnumerable<T> Ordered<T>(IEnumerable<T> rules, Func<T, string> chain)
    {
        var builtins = TableName.Filter.BuiltinChains.ToList();
        return rules.OrderBy(r => builtins.IndexOf(chain(r)) is var i && i >= 0 ? i : builtins.Count).ThenBy(chain, StringComparer.Ordinal);
    }

    private async Task<List<int>> Handles()
    {
        var (chain, rules) = ("", new List<(string Chain, int Handle)>());
        foreach (var line in (await Netns.Output("nft", ["-a", "list", "table", "ip6", "filter"])).Split('\n'))
        {
            if (line.StartsWith("\tchain ", StringComparison.Ordinal))
            {
                chain = line.Split(' ')[1];
            }
            else if (line.StartsWith("\t\t", StringComparison.Ordinal) && line.LastIndexOf("# handle ", StringComparison.Ordinal) is var at && at > 0)
            {
                rules.Add((chain, int.Parse(line[(at + 9)..], CultureInfo.InvariantCulture)));
            }
        }

        return [.. Ordered(rules, rule => rule.Chain).Select(rule => rule.Handle)];
    }

    public async ValueTask DisposeAsync() => await Netns.DisposeAsync();

    private static Launcher LauncherIn(Netns netns) => new(TimeProvider.System, "/usr/bin/nsenter", $"--net={netns.Path}", "--");
}
