namespace NetGuard.Core.Config.Rules;

/// <summary>What iptables' own options are to a rule.</summary>
internal static class RuleOptions
{
    /// <summary>The short options of a rule, with their long forms.</summary>
    public static IReadOnlyDictionary<string, string[]> OfRules { get; } = new Dictionary<string, string[]>
    {
        ["-p"] = ["--protocol", "--proto"],
        ["-s"] = ["--source", "--src"],
        ["-d"] = ["--destination", "--dst"],
        ["-i"] = ["--in-interface"],
        ["-o"] = ["--out-interface"],
        ["-j"] = ["--jump"],
        ["-g"] = ["--goto"],
        ["-m"] = ["--match"],
        ["-f"] = ["--fragment"],
    };

    /// <summary>Options that say what to do with a rule.</summary>
    public static IReadOnlyDictionary<string, string[]> Commands { get; } = new Dictionary<string, string[]>
    {
        ["-A"] = ["--append"],
        ["-I"] = ["--insert"],
        ["-D"] = ["--delete"],
        ["-R"] = ["--replace"],
        ["-C"] = ["--check"],
        ["-L"] = ["--list"],
        ["-S"] = ["--list-rules"],
        ["-F"] = ["--flush"],
        ["-Z"] = ["--zero"],
        ["-N"] = ["--new-chain"],
        ["-X"] = ["--delete-chain"],
        ["-P"] = ["--policy"],
        ["-E"] = ["--rename-chain"],
    };

    /// <summary>Options that say how iptables is to work.</summary>
    public static IReadOnlyDictionary<string, string[]> OfTheTool { get; } = new Dictionary<string, string[]>
    {
        ["-t"] = ["--table"],
        ["-4"] = ["--ipv4"],
        ["-6"] = ["--ipv6"],
        ["-w"] = ["--wait"],
        ["-W"] = ["--wait-interval"],
        ["-v"] = ["--verbose"],
        ["-n"] = ["--numeric"],
        ["-x"] = ["--exact"],
        ["-h"] = ["--help"],
        ["-V"] = ["--version"],
        ["-c"] = ["--set-counters"],
        ["-M"] = ["--modprobe"],
        ["-0"] = ["--line-numbers"],
    };

    /// <summary>Options whose value is any text at all, <c>-j</c> among it.</summary>
    public static IReadOnlySet<string> FreeText { get; } = new HashSet<string>
    {
        "--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string", "--name", "--hashlimit-name", "--label",
    };

    /// <summary>Options whose value is a port, a range or a list of them.</summary>
    public static IReadOnlySet<string> Ports { get; } = new HashSet<string>
    {
        "--dport", "--sport", "--dports", "--sports", "--ports", "--destination-port", "--source-port", "--destination-ports",
        "--source-ports", "--ctorigdstport", "--ctorigsrcport", "--ctrepldstport", "--ctreplsrcport",
    };

    // Whole options of matches (recent, policy, hashlimit) that look like the beginning of one of the above.
    private static readonly HashSet<string> NotShort = ["--set", "--pol", "--hashlimit"];

    private static readonly Dictionary<string, string> ShortOf =
        OfRules.Concat(Commands).Concat(OfTheTool).SelectMany(o => o.Value, (o, word) => (word, o.Key)).ToDictionary();

    /// <summary>The short form of a long option that is iptables' own; null for those of matches and targets.</summary>
    public static string? Short(string option) => ShortOf.GetValueOrDefault(option);

    /// <summary>
    /// The option that an abbreviation stands for, or null. getopt_long takes every unambiguous beginning; what is ambiguous
    /// depends on the loaded extensions, so none is taken here.
    /// </summary>
    public static string? AbbreviatedBy(string option) =>
        ShortOf.ContainsKey(option) || NotShort.Contains(option) || FreeText.Contains(option)
            ? null
            : ShortOf.Keys.Concat(FreeText).FirstOrDefault(known => known.StartsWith(option, StringComparison.Ordinal));
}
