using NetGuard.Core.State;

namespace NetGuard.Core.Config;

/// <summary>Collects what is wrong while the files are read.</summary>
/// <param name="files">The files in the order in which their mistakes are reported.</param>
internal sealed class Mistakes(IReadOnlyList<ConfigFile> files)
{
    private readonly List<ConfigMistake> _found = [];

    /// <summary>How many there are so far.</summary>
    public int Count => _found.Count;

    /// <summary>Notes a mistake.</summary>
    public void Add(SourceLocation at, string message) => _found.Add(new(at, Printed.Line(message)));

    /// <summary>All of them as a person reads the files: file by file, from the top.</summary>
    public ValueList<ConfigMistake> Sorted()
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            order.TryAdd(file.Path, order.Count);
        }

        return _found
            .Distinct()
            .OrderBy(m => order.GetValueOrDefault(m.At.File))
            .ThenBy(m => m.At.Line)
            .ThenBy(m => m.At.Column)
            .ToValueList();
    }
}
