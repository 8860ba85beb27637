using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>Takes out of one file's nodes what no mapping may hold: a key twice, an empty one, a merge key.</summary>
internal sealed class MappingRules(Mistakes mistakes)
{
    /// <summary>The root of a file without such keys; each is reported.</summary>
    public MappingNode Apply(MappingNode root) => Mapping(root, name => name, section => section switch
    {
        "chains" => ChainName,
        "sysctls" => SysctlName,
        _ => name => name,
    });

    /// <summary><c>filter/FORWARD</c> is the chain <c>FORWARD</c>.</summary>
    private static string ChainName(string name) => name.StartsWith("filter/", StringComparison.Ordinal) ? name[7..] : name;

    /// <summary><c>net/ipv4/ip_forward</c> is the key <c>net.ipv4.ip_forward</c>.</summary>
    private static string SysctlName(string name) => SysctlKey.Fault(name) is null ? SysctlKey.Parse(name).ToString() : name;

    private MappingNode Mapping(MappingNode mapping, Func<string, string> name, Func<string, Func<string, string>>? below)
    {
        var entries = new List<MappingEntry>(mapping.Entries.Count);
        var seen = new Dictionary<string, SourceLocation>(StringComparer.Ordinal);
        foreach (var (_, key, value) in mapping.Entries)
        {
            var compared = name(key.Text);
            if (Fault(key) is { } fault)
            {
                mistakes.Add(key.At, fault);
            }
            else if (seen.TryGetValue(compared, out var first))
            {
                mistakes.Add(key.At, $"the key {Printed.Quoted(key.Text)} stands here twice (first at {first})");
            }
            else
            {
                seen.Add(compared, key.At);
                entries.Add(new(compared, key, Below(value, below?.Invoke(key.Text))));
            }
        }

        return new(mapping.At, entries);
    }

    private Node Below(Node node, Func<string, string>? name) => node switch
    {
        MappingNode mapping => Mapping(mapping, name ?? (same => same), null),
        ListNode list => new ListNode(list.At, [.. list.Items.Select(item => Below(item, null))]),
        _ => node,
    };

    private static string? Fault(ScalarNode key) => key switch
    {
        { IsNull: true } or { Text: "" } => "an empty key",
        { IsPlain: true, Text: "<<" } => "a merge key (write the values out: '<<' is not taken here)",
        _ when Printed.Unprintable(key.Text) >= 0 => $"a control character in the key {Printed.Quoted(key.Text)}",
        _ => null,
    };
}
