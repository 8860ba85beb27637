using NetGuard.Core.Config.Yaml;

namespace NetGuard.Core.Config;

/// <summary>A mapping whose keys are known.</summary>
internal sealed class Section
{
    private readonly MappingNode _mapping;

    private Section(MappingNode mapping, IReadOnlyList<MappingEntry> unknown) => (_mapping, HasUnknown) = (mapping, unknown.Count > 0);

    /// <summary>Whether some key was not known: one that is missed may be there under another name.</summary>
    public bool HasUnknown { get; }

    /// <summary>What stands behind a key, or null where the key is not there.</summary>
    public Node? this[string key] => _mapping.Find(key)?.Value;

    /// <summary>The entry of a key, or null.</summary>
    public MappingEntry? Entry(string key) => _mapping.Find(key);

    /// <summary>Takes a node for such a mapping and reports the keys that are not known; null where it is none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="what">What it is called in a mistake.</param>
    /// <param name="known">The keys.</param>
    /// <param name="mistakes">Where mistakes go.</param>
    /// <param name="hint">What else can be said of an unknown key.</param>
    public static Section? Of(Node node, string what, IReadOnlyList<string> known, Mistakes mistakes, Func<string, string?>? hint = null)
    {
        if (Expect.Mapping(node, what, mistakes) is not { } mapping)
        {
            return null;
        }

        var unknown = mapping.Entries.Where(e => !known.Contains(e.Name)).ToArray();
        foreach (var entry in unknown)
        {
            var more = hint?.Invoke(entry.Name)
                ?? (Spelling.Nearest(entry.Name, known) is { } near ? $"did you mean '{near}'" : $"expected {Printed.Or(known)}");
            mistakes.Add(entry.Key.At, $"unknown key {Printed.Quoted(entry.Name)} ({more})");
        }

        return new(mapping, unknown);
    }
}
