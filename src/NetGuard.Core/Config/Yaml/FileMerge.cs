namespace NetGuard.Core.Config.Yaml;

/// <summary>Puts the main file and the drop-ins together: mappings by key, lists one behind the other.</summary>
internal sealed class FileMerge(Mistakes mistakes)
{
    /// <summary>The two together. A value that is set differently in both is reported, and the first one stays.</summary>
    public MappingNode Merge(MappingNode first, MappingNode second) => Merge(first, second, 0, "");

    private MappingNode Merge(MappingNode first, MappingNode second, int depth, string section)
    {
        var entries = new List<MappingEntry>(first.Entries);
        var index = entries.Select((entry, i) => (entry.Name, i)).ToDictionary(StringComparer.Ordinal);
        foreach (var entry in second.Entries)
        {
            if (!index.TryGetValue(entry.Name, out var i))
            {
                entries.Add(entry);
                continue;
            }

            var below = depth == 0 ? entry.Name : section;
            entries[i] = entries[i] with { Value = Merge(entry.Name, entries[i].Value, entry.Value, depth + 1, below) };
        }

        return new(first.At, entries);
    }

    private Node Merge(string key, Node first, Node second, int depth, string section)
    {
        switch (first, second)
        {
            case (BrokenNode, _) or (_, BrokenNode):
                return first;
            case (MappingNode a, MappingNode b):
                return Merge(a, b, depth, section);
            case (ListNode a, ListNode b):
                return new ListNode(a.At, [.. a.Items, .. b.Items]);
            case ({ IsNull: true }, _) or (_, { IsNull: true }) when depth == 2 && section == "chains":
                // A chain without anything is only guarded for being there.
                return first.IsNull ? second : first;
            case ({ IsNull: true }, _):
                // Reported when it is read.
                return first;
            case (ScalarNode a, ScalarNode b) when Same(a.Text, b.Text):
                return first;
            case (ScalarNode { IsNull: false } a, ScalarNode { IsNull: false } b):
                mistakes.Add(b.At, $"{Printed.Line(key)} is {Printed.Quoted(b.Text)} here and {Printed.Quoted(a.Text)} at {a.At}");
                return first;
            default:
                mistakes.Add(second.At, $"{Printed.Line(key)} is {second.Kind} here and {first.Kind} at {first.At}");
                return first;
        }
    }

    /// <summary>Blanks aside, as in the value of a sysctl.</summary>
    private static bool Same(string a, string b) =>
        a == b || Words(a).SequenceEqual(Words(b));

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
