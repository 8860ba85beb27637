using NetGuard.Core.Attribution;
using NetGuard.Core.Diff;
using NetGuard.Core.State;

namespace NetGuard.Core.Control;

/// <summary>A drift as it is told to whoever asks: words and numbers, of bounded length.</summary>
/// <param name="Kind">The kind: <c>missing</c>.</param>
/// <param name="Place">Where, in words: <c>ipv4 DOCKER-USER only-8.8.8.8</c>.</param>
/// <param name="What">What, in words.</param>
/// <param name="At">When it was found; when the daemon started, for what its first check found.</param>
public sealed record DriftReport(string Kind, string Place, string What, DateTimeOffset At)
{
    /// <summary>The longest text that is told whole: a rule takes at most some hundred characters.</summary>
    public const int MaxText = 1024;

    /// <summary>The family; null for a setting.</summary>
    public string? Family { get; init; }

    /// <summary>The table.</summary>
    public string? Table { get; init; }

    /// <summary>The chain.</summary>
    public string? Chain { get; init; }

    /// <summary>The rule's name.</summary>
    public string? Rule { get; init; }

    /// <summary>The kernel setting.</summary>
    public string? Sysctl { get; init; }

    /// <summary>What was declared.</summary>
    public string? Expected { get; init; }

    /// <summary>What was there.</summary>
    public string? Actual { get; init; }

    /// <summary>What else there is to know.</summary>
    public string? Note { get; init; }

    /// <summary>Who brought it about, in words.</summary>
    public string By { get; init; } = Culprit.Unknown.Name;

    /// <summary>Its pid; 0 where it is not known.</summary>
    public int ByPid { get; init; }

    /// <summary>The kernel's name for it.</summary>
    public string ByComm { get; init; } = Culprit.Unknown.Name;

    /// <summary>Its command line, where that could still be read.</summary>
    public string? ByCommandLine { get; init; }

    /// <summary>How long it was so, from the kernel's word of the change to that of the repair; null where either was not told.</summary>
    public TimeSpan? Gap { get; init; }

    /// <summary>Whether it has been repaired, and read back.</summary>
    public bool IsRepaired { get; init; }

    /// <summary>Tells of a drift.</summary>
    /// <param name="drift">The drift.</param>
    /// <param name="place">Where, in words.</param>
    /// <param name="what">What, in words.</param>
    /// <param name="by">Who.</param>
    /// <param name="at">When it was found.</param>
    public static DriftReport Of(Drift drift, string place, string what, Culprit by, DateTimeOffset at) => new(drift.Kind.Name(), Cut(place), Cut(what), at)
    {
        Family = drift.Family?.Name(),
        Table = drift.Table?.Value,
        Chain = drift.Chain?.Chain.Value,
        Rule = drift.Rule is { } rule ? Cut(rule) : null,
        Sysctl = drift.Sysctl?.ToString(),
        Expected = drift.Expected is { } expected ? Cut(expected) : null,
        Actual = drift.Actual is { } actual ? Cut(actual) : null,
        Note = drift.Note is { } note ? Cut(note) : null,
        By = Cut(by.ToString()),
        ByPid = by.Pid,
        ByComm = by.Name,
        ByCommandLine = by.CommandLine is { } line ? Cut(line) : null,
    };

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..(MaxText - 1)] + "…";
}
