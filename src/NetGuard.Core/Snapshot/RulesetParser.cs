using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>Reads what iptables-save prints.</summary>
public static class RulesetParser
{
    // No rule is longer: a restore line has 10,240 bytes at the most (iptables, xshared.h), and each byte may be escaped.
    private const int MaxRuleLength = 20_480;

    /// <summary>Reads a whole output; an empty one is a kernel without tables.</summary>
    /// <remarks>
    /// Strict, since a line that is passed over could be the rule that matters: the tool reports trouble on standard output and
    /// ends with success, and a tool that is killed leaves half a table.
    /// </remarks>
    /// <exception cref="UnreadableRulesetException">A table is cut off or a line is none of iptables-save's.</exception>
    public static Ruleset Parse(Family family, string text)
    {
        var tables = new List<Table>();
        var unreadable = new Dictionary<TableName, string>();
        var hookless = new List<ChainKey>();
        TableText? open = null;
        var number = 0;
        int? begun = null;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            number++;
            var (start, end) = (begun ?? range.Start.Value, range.End.Value);
            var line = text.AsSpan(start..end).TrimEnd('\r');

            // A comment may hold a line break, and what follows it may look like a rule: the line goes on until the quote is closed.
            begun = open is not null && line is ['-' or '[', ..] && line.Length <= MaxRuleLength && HasOpenQuote(line) ? start : null;
            if (begun is not null)
            {
                continue;
            }

            if (line.IsEmpty)
            {
                continue;
            }

            switch (line[0])
            {
                case '#':
                    NoteIncompatible(line, unreadable);
                    break;
                case '*' when open is null:
                    open = new(ParseTable(line[1..], number), number);
                    break;
                case ':' when open is not null:
                    open.Declare(line[1..], number);
                    break;
                case '-' or '[' when open is not null:
                    open.Append(line, number);
                    break;
                case 'C' when open is not null && line.SequenceEqual("COMMIT"):
                    hookless.AddRange(open.Hookless.Select(chain => new ChainKey(open.Name, chain)));
                    tables.Add(tables.TrueForAll(t => t.Name != open.Name)
                        ? open.Close()
                        : throw new UnreadableRulesetException(open.Line, $"the table {open.Name} is listed twice"));
                    open = null;
                    break;
                default:
                    if (!NoteIncompatible(line, unreadable))
                    {
                        throw new UnreadableRulesetException(number, $"not a line of iptables-save: {Shorten(line)}");
                    }

                    break;
            }
        }

        if (begun is not null)
        {
            throw new UnreadableRulesetException(number, "a quote is never closed: the output is cut off");
        }

        if (open is not null)
        {
            throw new UnreadableRulesetException(open.Line, $"the table {open.Name} has no COMMIT: the output is cut off");
        }

        // A table that holds native nftables rules may still be listed, with these rules rendered wrongly.
        tables.RemoveAll(t => unreadable.ContainsKey(t.Name));
        return new(family, tables.ToValueList())
        {
            Unreadable = [.. unreadable],
            UnreadableChains = [.. hookless.Select(chain => KeyValuePair.Create(chain, "nft has made it without a hook, so that no packet gets there; delete it with nft"))],
        };
    }

    /// <summary>Reads what <c>iptables -S CHAIN</c> prints.</summary>
    /// <exception cref="UnreadableRulesetException">It is not just this chain.</exception>
    public static Chain ParseChain(Family family, ChainKey key, string text)
    {
        // "-P FORWARD DROP" and "-N CHAIN" are what iptables-save has as ":FORWARD DROP [0:0]" and ":CHAIN - [0:0]".
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var head = (end < 0 ? text : text[..end]).Split(' ');
        var policy = head switch
        {
            ["-P", var name, var word] when name == key.Chain.Value => word,
            ["-N", var name] when name == key.Chain.Value => "-",
            _ => throw new UnreadableRulesetException(1, $"not what begins a chain: {Shorten(text.AsSpan().TrimEnd('\n'))}"),
        };

        // Not interpolated: what that rents for a chain of 10,000 rules, some megabytes, would stay in its pool.
        var table = Parse(family, string.Concat($"*{key.Table}\n:{key.Chain} {policy} [0:0]\n", text.AsSpan(end + 1), "COMMIT\n"));
        return table.WhyUnreadable(key.Table) is { } reason ? throw new UnreadableRulesetException(1, reason) : table.Find(key)!;
    }

    private static TableName ParseTable(ReadOnlySpan<char> name, int line) =>
        TableName.TryParse(name, out var table)
            ? table
            : throw new UnreadableRulesetException(line, $"no table of iptables: {Shorten(name)}");

    // "# Table `filter' is incompatible, use 'nft' tool." and "chain `X' in table `filter' is incompatible, use 'nft' tool."
    private static bool NoteIncompatible(ReadOnlySpan<char> line, Dictionary<TableName, string> unreadable)
    {
        const string Mark = "able `";
        var start = line.IndexOf(Mark);
        if (start < 0 || !line.Contains("' is incompatible, use 'nft' tool", StringComparison.Ordinal))
        {
            return false;
        }

        var rest = line[(start + Mark.Length)..];
        if (rest.IndexOf('\'') is var end && end > 0 && TableName.TryParse(rest[..end], out var table))
        {
            unreadable[table] = "it holds native nftables rules, which iptables cannot show";
        }

        return true;
    }

    private static bool HasOpenQuote(ReadOnlySpan<char> rule)
    {
        var open = false;
        for (var i = rule.IndexOf('"'); i >= 0 && i < rule.Length; i++)
        {
            if (rule[i] == '"')
            {
                open = !open;
            }
            else if (rule[i] == '\\' && open)
            {
                i++;
            }
        }

        return open;
    }

    private static string Shorten(ReadOnlySpan<char> text) => text.Length <= 80 ? text.ToString() : $"{text[..80]}...";

    private sealed class TableText(TableName name, int line)
    {
        private readonly List<(ChainName Name, ChainPolicy? Policy, List<Rule> Rules)> _chains = [];
        private readonly Dictionary<string, int> _index = [];
        private (string Name, int Index) _last = ("", -1);

        public TableName Name => name;

        public int Line => line;

        public List<ChainName> Hookless { get; } = [];

        public void Declare(ReadOnlySpan<char> text, int at)
        {
            var space = text.IndexOf(' ');
            var chain = space > 0 ? text[..space].ToString() : "";
            var policyText = text[(space + 1)..];
            policyText = policyText[..(policyText.IndexOf(' ') is var end && end >= 0 ? end : policyText.Length)];
            ChainPolicy? policy = policyText switch
            {
                "ACCEPT" => ChainPolicy.Accept,
                "DROP" => ChainPolicy.Drop,
                "-" => null,
                _ => throw new UnreadableRulesetException(at, $"no policy: {Shorten(policyText)}"),
            };
            if (policy is null && name.BuiltinChains.Contains(chain) && _index.ContainsKey(chain))
            {
                // nft has made a chain of that name without a hook: iptables-nft-save lists it behind the one that it takes for granted.
                Hookless.Add(new(chain));
                return;
            }

            if (!ChainName.IsPrintable(chain) || !_index.TryAdd(chain, _chains.Count))
            {
                throw new UnreadableRulesetException(at, $"no chain that can be: {Shorten(text)}");
            }

            _chains.Add((new(chain), policy, []));
        }

        public void Append(ReadOnlySpan<char> text, int at)
        {
            // iptables-save -c puts "[packets:bytes] " in front.
            string? counters = null;
            if (text[0] == '[' && text.IndexOf("] ") is var end && end > 0)
            {
                counters = text[1..end].ToString();
                text = text[(end + 2)..];
            }

            if (!text.StartsWith("-A "))
            {
                throw new UnreadableRulesetException(at, $"not a rule: {Shorten(text)}");
            }

            text = text[3..];
            var space = text.IndexOf(' ');
            var chain = space < 0 ? text : text[..space];
            if (_last.Index < 0 || !chain.SequenceEqual(_last.Name))
            {
                var key = chain.ToString();
                _last = _index.TryGetValue(key, out var index)
                    ? (key, index)
                    : throw new UnreadableRulesetException(at, $"a rule of a chain that is not listed: {Shorten(text)}");
            }

            var rule = space < 0 ? [] : text[(space + 1)..].TrimEnd(' ');
            _chains[_last.Index].Rules.Add(HasOpenQuote(rule)
                ? throw new UnreadableRulesetException(at, $"a quote is left open: {Shorten(rule)}")
                : new(rule.ToString()) { Counters = counters });
        }

        public Table Close() => new(name, _chains.Select(c => new Chain(c.Name, c.Policy, c.Rules.ToValueList())).ToValueList());
    }
}
