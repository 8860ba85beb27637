using System.Globalization;
using System.Text;
using NetGuard.Core.State;

namespace NetGuard.Core.Attribution;

/// <summary>Who changed something.</summary>
/// <param name="Pid">The process; 0 where it is not known.</param>
/// <param name="Name">The kernel's name for it, at most 15 characters; <c>unknown</c> where nothing is known.</param>
public sealed record Culprit(int Pid, string Name)
{
    private const int MaxAncestors = 4;
    private const int MaxName = 40;

    /// <summary>Nobody that could be named.</summary>
    public static Culprit Unknown { get; } = new(0, "unknown");

    /// <summary>What it was called with; null where it had ended before that could be read.</summary>
    public string? CommandLine { get; init; }

    /// <summary>Who started it, from the nearest on, without the first process.</summary>
    public ValueList<string> Ancestors { get; init; } = [];

    /// <summary>The systemd unit that it ran in.</summary>
    public string? Unit { get; init; }

    /// <summary>Reads what was seen.</summary>
    /// <param name="pid">Who committed, as the kernel said.</param>
    /// <param name="name">What the kernel called it.</param>
    /// <param name="seen">The process and its ancestors, from /proc.</param>
    /// <param name="ticks">When it was told, in ticks of 1/100 s since boot: what started later bears a used number.</param>
    public static Culprit From(int pid, ReadOnlySpan<byte> name, IReadOnlyList<ProcessSighting> seen, long ticks)
    {
        var called = CommandText.Clean(Encoding.UTF8.GetString(name), MaxName);
        if (seen.Count == 0 || !IsTheSame(seen[0], pid, name, ticks))
        {
            return called.Length == 0 && pid == 0 ? Unknown : new(pid, called.Length == 0 ? Unknown.Name : called);
        }

        var line = CommandText.Line(seen[0].CommandLine);
        var ancestors = new List<string>();
        foreach (var ancestor in seen.Skip(1).Where(a => a.Pid > 1))
        {
            var one = CommandText.ShortName(ancestor.CommandLine, ProcessStat.Name(ancestor.Stat));
            if (one.Length > 0 && one != ancestors.LastOrDefault() && ancestors.Count < MaxAncestors)
            {
                ancestors.Add(one);
            }
        }

        return new(pid, called.Length > 0 ? called : CommandText.Clean(Encoding.UTF8.GetString(ProcessStat.Name(seen[0].Stat)), MaxName))
        {
            CommandLine = line.Length > 0 ? line : null,
            Ancestors = ancestors.ToValueList(),
            Unit = seen.Select(s => ControlGroup.Unit(s.Cgroup)).FirstOrDefault(unit => unit is not null) is { } unit ? CommandText.Clean(unit, MaxName * 2) : null,
        };
    }

    /// <summary><c>iptables -F (pid 4711), from ansible-playbook, in cron.service</c>; <c>unknown</c>.</summary>
    public override string ToString()
    {
        if (this == Unknown)
        {
            return Name;
        }

        var text = new StringBuilder();
        text.Append(CommandLine ?? (Name == Unknown.Name ? Name : $"unknown {Name}"));
        text.Append(CultureInfo.InvariantCulture, $" (pid {Pid})");
        if (Ancestors.Count > 0)
        {
            text.Append(", from ").AppendJoin(", ", Ancestors);
        }

        return Unit is null ? text.ToString() : text.Append(", in ").Append(Unit).ToString();
    }

    // A pid that was given to another process meanwhile: that one started after the event, or bears another name.
    private static bool IsTheSame(ProcessSighting seen, int pid, ReadOnlySpan<byte> name, long ticks) =>
        seen.Pid == pid && ProcessStat.TryParse(seen.Stat, out var stat) && stat.StartTicks <= ticks + 1
        && (name.IsEmpty || ProcessStat.Name(seen.Stat).SequenceEqual(name));
}
