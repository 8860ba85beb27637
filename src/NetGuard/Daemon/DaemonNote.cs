using NetGuard.Core.Config;
using NetGuard.Core.State;

namespace NetGuard.Daemon;

/// <summary>What a daemon notes of itself in its lock, for the commands: they work where no bus can be asked.</summary>
/// <param name="Backend">The variant of iptables that it guards.</param>
/// <param name="Mode">Whether it changes anything.</param>
public readonly record struct DaemonNote(Backend Backend, GuardMode Mode)
{
    /// <summary>Reads what was noted; null where it is none.</summary>
    public static DaemonNote? Parse(string text)
    {
        var words = text.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var variant, var mode]
            && Array.Find(Enum.GetValues<Backend>(), backend => backend.Name() == variant) is var found && found.Name() == variant
            && Enum.TryParse<GuardMode>(mode, ignoreCase: true, out var read)
            ? new(found, read)
            : null;
    }

    /// <summary>As it is noted: <c>nft enforce</c>.</summary>
    public override string ToString() => $"{Backend.Name()} {Mode.ToString().ToLowerInvariant()}";
}
