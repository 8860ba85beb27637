using System.Globalization;
using System.Net;
using NetGuard.Core.Netlink;
using NetGuard.Core.State;

namespace NetGuard.Core.Conntrack;

/// <summary>
/// Which packets a rule is for, as far as the entry of a connection can tell: true, false, or null where the packet itself would be needed.
/// </summary>
public sealed class PacketMatch
{
    private static readonly Dictionary<string, byte> Protocols = new(StringComparer.Ordinal)
    {
        ["icmp"] = 1,
        ["tcp"] = 6,
        ["udp"] = 17,
        ["dccp"] = 33,
        ["gre"] = 47,
        ["esp"] = 50,
        ["ah"] = 51,
        ["icmpv6"] = 58,
        ["ipv6-icmp"] = 58,
        ["sctp"] = 132,
        ["udplite"] = 136,
    };

    private readonly List<Func<FirstPacket, bool?>> _conditions = [];

    private PacketMatch()
    {
    }

    /// <summary>The first option that an entry says nothing of; null where it can always be told.</summary>
    public string? Undecided { get; private set; }

    /// <summary>Reads a rule in the kernel's form. What is not understood is undecided, not wrong.</summary>
    public static PacketMatch Of(Rule rule)
    {
        var match = new PacketMatch();
        if (rule.IsOpaque)
        {
            match.Doubt("its text");
            return match;
        }

        match.Read(RuleWords.Split(rule.Match));
        return match;
    }

    /// <summary>Whether the rule is for the packet.</summary>
    public bool? Matches(FirstPacket packet)
    {
        bool? all = true;
        foreach (var condition in _conditions)
        {
            switch (condition(packet))
            {
                case false:
                    return false;
                case null:
                    all = null;
                    break;
            }
        }

        return all;
    }

    private void Read(List<RuleWord> words)
    {
        for (var i = 0; i < words.Count;)
        {
            var not = words[i].Text == "!";
            i += not ? 1 : 0;
            if (i + 1 >= words.Count)
            {
                Doubt(words[^1].Text);
                return;
            }

            var (option, value) = (words[i].Text, words[i + 1].Text);
            i += 2;
            if (option is "-m" or "--comment")
            {
                continue;
            }

            // What a comment, a string or any option that is not known holds may look like an option itself: no word behind it is trusted.
            if (Condition(option, value) is not { } condition)
            {
                Doubt(option);
                return;
            }

            _conditions.Add(not ? packet => !condition(packet) : condition);
        }
    }

    private void Doubt(string option)
    {
        Undecided ??= option;
        _conditions.Add(_ => null);
    }

    private static Func<FirstPacket, bool?>? Condition(string option, string value) => option switch
    {
        "-s" => Net(value) is { } net ? p => net.Holds(p.Flow.Source) : null,
        "-d" => Net(value) is { } net ? p => net.Holds(p.Flow.Destination) : null,
        "-i" => p => p.In is null ? null : IsInterface(value, p.In),
        "-o" => p => p.Out is null ? null : IsInterface(value, p.Out),
        "-p" => Protocol(value) is { } number ? p => p.Connection.Protocol == number : null,
        "--sport" => Ports(value) is { } ports ? p => ports(p.Flow.SourcePort) : null,
        "--dport" => Ports(value) is { } ports ? p => ports(p.Flow.DestinationPort) : null,
        "--sports" => Ports(value) is { } ports ? p => ports(p.Flow.SourcePort) : null,
        "--dports" => Ports(value) is { } ports ? p => ports(p.Flow.DestinationPort) : null,
        "--ports" => Ports(value) is { } ports ? p => ports(p.Flow.SourcePort) || ports(p.Flow.DestinationPort) : null,
        "--ctstate" or "--state" => State(value),
        "--ctdir" => p => value == "ORIGINAL",
        "--ctproto" => Protocol(value) is { } number ? p => p.Connection.Protocol == number : null,
        "--ctorigsrc" => Net(value) is { } net ? p => net.Holds(p.Connection.Original.Source) : null,
        "--ctorigdst" => Net(value) is { } net ? p => net.Holds(p.Connection.Original.Destination) : null,
        "--ctorigsrcport" => Ports(value) is { } ports ? p => ports(p.Connection.Original.SourcePort) : null,
        "--ctorigdstport" => Ports(value) is { } ports ? p => ports(p.Connection.Original.DestinationPort) : null,
        "--src-range" => Range(value) is { } range ? p => range.From <= p.Flow.Source && p.Flow.Source <= range.To : null,
        "--dst-range" => Range(value) is { } range ? p => range.From <= p.Flow.Destination && p.Flow.Destination <= range.To : null,
        _ => null,
    };

    private static bool IsInterface(string pattern, string name) =>
        pattern.EndsWith('+') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;

    private static byte? Protocol(string value) =>
        Protocols.TryGetValue(value, out var known) ? known
        : byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != 0 ? number : null;

    // A list of ports and ranges, as multiport has them; tcp and udp have one.
    private static Func<ushort, bool>? Ports(string value)
    {
        var ranges = new List<(ushort From, ushort To)>();
        foreach (var part in value.Split(','))
        {
            var ends = part.Split(':');
            if (ends.Length > 2 || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var to))
            {
                return null;
            }

            ranges.Add((from, to));
        }

        return port => ranges.Exists(range => range.From <= port && port <= range.To);
    }

    // The first packet of a connection is NEW, or RELATED where another connection announced it. Its source is not translated yet.
    private static Func<FirstPacket, bool?>? State(string value)
    {
        var states = value.Split(',');
        return states.Except(["NEW", "RELATED", "ESTABLISHED", "INVALID", "UNTRACKED", "DNAT"]).Any()
            ? null
            : p => states.Contains(p.IsRelated ? "RELATED" : "NEW")
                || states.Contains("DNAT") && p.Hook != "PREROUTING" && (p.Connection.Status & Ctnetlink.IsDestinationTranslated) != 0;
    }

    private static (UInt128 Address, UInt128 Mask)? Parse(string value)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? value : value[..slash], out var address))
        {
            return null;
        }

        var bits = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128;
        var all = bits == 32 ? uint.MaxValue : UInt128.MaxValue;
        if (slash < 0)
        {
            return (Flow.Number(address), all);
        }

        // The kernel takes masks with holes, too, and iptables-save prints those as an address.
        if (int.TryParse(value[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return length > bits ? null : (Flow.Number(address), length == 0 ? 0 : all << (bits - length) & all);
        }

        return IPAddress.TryParse(value[(slash + 1)..], out var mask) && mask.AddressFamily == address.AddressFamily
            ? (Flow.Number(address), Flow.Number(mask))
            : null;
    }

    private static Subnet? Net(string value) => Parse(value) is var (address, mask) ? new(address & mask, mask) : null;

    private static (UInt128 From, UInt128 To)? Range(string value) =>
        value.Split('-') is [var from, var to] && IPAddress.TryParse(from, out var first) && IPAddress.TryParse(to, out var last)
        && first.AddressFamily == last.AddressFamily
            ? (Flow.Number(first), Flow.Number(last))
            : null;

    private sealed record Subnet(UInt128 Address, UInt128 Mask)
    {
        public bool Holds(UInt128 address) => (address & Mask) == Address;
    }
}
