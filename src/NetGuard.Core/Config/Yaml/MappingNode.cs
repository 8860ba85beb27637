using NetGuard.Core.State;

namespace NetGuard.Core.Config.Yaml;

/// <summary>A YAML mapping. Fresh from the file a key may stand in it twice; <see cref="MappingRules"/> and the merge rule that out.</summary>
internal sealed class MappingNode(SourceLocation at, IReadOnlyList<MappingEntry> entries) : Node(at)
{
    private Dictionary<string, MappingEntry>? _byName;

    /// <summary>The keys in the order of the file.</summary>
    public IReadOnlyList<MappingEntry> Entries { get; } = entries;

    /// <inheritdoc/>
    public override string Kind => "a mapping";

    /// <summary>The entry of a key, or null.</summary>
    public MappingEntry? Find(string name)
    {
        if (_byName is null)
        {
            _byName = new(Entries.Count, StringComparer.Ordinal);
            foreach (var entry in Entries)
            {
                _byName.TryAdd(entry.Name, entry);
            }
        }

        return _byName.GetValueOrDefault(name);
    }
}
