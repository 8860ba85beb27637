using NetGuard.Core.Control;
using NetGuard.Core.State;

namespace NetGuard.DBus;

/// <summary>What a daemon tells of its own accord.</summary>
internal enum GuardSignalKind
{
    /// <summary>Drifts were found.</summary>
    Detected,

    /// <summary>Drifts were repaired.</summary>
    Repaired,

    /// <summary>The state is another.</summary>
    State,

    /// <summary>The daemon has come to the bus.</summary>
    Started,

    /// <summary>The daemon has left it.</summary>
    Gone,
}

/// <summary>A signal.</summary>
/// <param name="Kind">What it tells.</param>
internal sealed record GuardSignal(GuardSignalKind Kind)
{
    public ValueList<DriftReport> Drifts { get; init; } = [];

    public int LeftOut { get; init; }

    public string State { get; init; } = "";

    public string Former { get; init; } = "";
}
