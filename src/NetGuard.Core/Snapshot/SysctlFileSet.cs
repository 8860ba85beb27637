using NetGuard.Core.State;

namespace NetGuard.Core.Snapshot;

/// <summary>What the files of sysctl.d(5) make of the settings at boot. Read as systemd-sysctl reads them, which a test runs beside it.</summary>
public sealed class SysctlFileSet
{
    private const string SysctlConf = "/etc/sysctl.conf";

    private readonly Dictionary<SysctlKey, Entry> _exact = [];
    private readonly Dictionary<SysctlKey, Entry> _globs = [];
    private int _next;

    private SysctlFileSet(ValueList<string> unread) => Unread = unread;

    /// <summary>No files, so that nothing is set at boot.</summary>
    public static SysctlFileSet Empty { get; } = new([]);

    /// <summary>The files that could not be read; what they set is not known.</summary>
    public ValueList<string> Unread { get; }

    /// <summary>Puts files together.</summary>
    /// <param name="files">The files in the order of precedence of their directories, /etc/sysctl.d first. A file hides those of the
    /// same name that come later here; what is left takes effect in the order of the names, and /etc/sysctl.conf, if it is
    /// among them, last (as procps has it). Lines that are none are skipped.</param>
    public static SysctlFileSet Of(IEnumerable<SysctlFile> files)
    {
        var shown = files
            .DistinctBy(file => file.Path == SysctlConf ? file.Path : Path.GetFileName(file.Path))
            .OrderBy(file => file.Path == SysctlConf)
            .ThenBy(file => Path.GetFileName(file.Path), StringComparer.Ordinal)
            .ToList();
        var set = new SysctlFileSet(shown.Where(file => file.Text is null).Select(file => file.Path).ToValueList());
        foreach (var file in shown)
        {
            set.Add(file);
        }

        return set;
    }

    /// <summary>The line that undoes a desired value at the next boot; null where none does.</summary>
    public SysctlFileSetting? Undoing(SysctlKey key, string desired) =>
        Deciding(key) is { } setting && !SysctlValue.Agree(setting.Value, desired) ? setting : null;

    /// <summary>The line that decides a setting at boot; null where the files leave it alone.</summary>
    /// <remarks>systemd's udev rule applies an interface's own lines again when the interface appears, so those beat what
    /// conf.default and, through it, the global switch gave it, whatever their order.</remarks>
    public SysctlFileSetting? Deciding(SysctlKey key)
    {
        var own = Writes(SysctlCoupling.Names(key)).LastOrDefault();
        if (InterfaceSysctl.Of(key) is { IsCommon: false } at)
        {
            return own is null ? Deciding((at with { Interface = "default" }).Key) : own.Setting;
        }

        var inherited = Effective(Writes(SysctlCoupling.Switches(key)));
        return (own?.Order ?? -1) > (inherited?.Order ?? -1) ? own?.Setting : inherited?.Setting;
    }

    /// <summary>Of the writes to a global switch the last one that changed it: IPv4's does nothing when it is written as it is.</summary>
    private static Entry? Effective(List<Entry> writes)
    {
        var last = writes.Count - 1;
        while (last > 0
            && SysctlCoupling.Usual(writes[last].Target) == SysctlKey.Ipv4Forwarding
            && writes[last].Setting?.Value == writes[last - 1].Setting?.Value)
        {
            last--;
        }

        return last < 0 ? null : writes[last];
    }

    /// <summary>The writes to some settings, in their order. A line with the exact name keeps all wildcards off.</summary>
    private List<Entry> Writes(ValueList<SysctlKey> keys) => keys
        .SelectMany(key => _exact.TryGetValue(key, out var exact)
            ? [exact]
            : _globs.Values.Where(g => SysctlGlob.Matches(g.Target.RelativePath, key.RelativePath)).Select(g => g with { Target = key }))
        .Where(entry => entry.Setting is not null)
        .OrderBy(entry => entry.Order)
        .ToList();

    private void Add(SysctlFile file)
    {
        var number = 0;
        foreach (var text in (file.Text ?? "").AsSpan().EnumerateLines())
        {
            number++;
            if (SysctlLine.Parse(text) is { } line)
            {
                Add(line, new(file.Path, number, 0));
            }
        }
    }

    private void Add(SysctlLine line, SourceLocation at)
    {
        var entries = SysctlGlob.IsGlob(line.Key.RelativePath) ? _globs : _exact;

        // A line that repeats what is set already keeps the first one's turn (parse_file in systemd's sysctl.c).
        if (!entries.TryGetValue(line.Key, out var before) || before.Setting?.Value != line.Value)
        {
            var setting = line.Value is { } value ? new SysctlFileSetting(line.Key, value, at) : null;
            entries[line.Key] = new(line.Key, setting, _next++);
        }
    }

    private sealed record Entry(SysctlKey Target, SysctlFileSetting? Setting, int Order);
}
