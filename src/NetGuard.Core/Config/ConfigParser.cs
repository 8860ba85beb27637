using NetGuard.Core.Config.Yaml;

namespace NetGuard.Core.Config;

/// <summary>Turns the text of the configuration files into a configuration, or into everything that is wrong with them.</summary>
public static class ConfigParser
{
    /// <summary>Reads the files. Never throws: whatever the text is, the answer is a configuration or a list of mistakes.</summary>
    /// <param name="files">
    /// The main file, then the drop-ins in the order of their names. Mappings are merged by key, lists are appended, and a value that
    /// is set twice must be the same.
    /// </param>
    public static ConfigResult Parse(IReadOnlyList<ConfigFile> files)
    {
        var named = files.Select(f => f with { Path = Printed.Line(f.Path) }).ToArray();
        var mistakes = new Mistakes(named);
        var rules = new MappingRules(mistakes);
        var merge = new FileMerge(mistakes);
        var merged = new MappingNode(new(named.Length == 0 ? "configuration" : named[0].Path, 0, 0), []);
        for (var i = 0; i < named.Length; i++)
        {
            if (Root(named[i], i == 0, mistakes) is { } root)
            {
                merged = merge.Merge(merged, rules.Apply(root));
            }
        }

        if (named.Length == 0)
        {
            mistakes.Add(merged.At, "no configuration file was given");
        }

        var config = new ConfigReader(mistakes).Read(merged);
        return mistakes.Count == 0 ? new(config, []) : new(null, mistakes.Sorted()) { Readable = config };
    }

    private static MappingNode? Root(ConfigFile file, bool isMain, Mistakes mistakes)
    {
        var before = mistakes.Count;
        var node = YamlText.Read(file, mistakes);
        if (isMain && mistakes.Count == before && node is null or MappingNode { Entries.Count: 0 })
        {
            // An emptied file would otherwise take everything out of guard in silence.
            mistakes.Add(new(file.Path, 0, 0), $"the file declares nothing (expected at least one of {Printed.Or(ConfigKeys.Root)})");
            return null;
        }

        return node is null ? null : Expect.Mapping(node, "the file", mistakes);
    }
}
